# Sidekiq's side: `sidekiq -r ./app.rb` is the worker, `ruby app.rb enqueue SECONDS JOBS` and `ruby app.rb latency COUNT` the producers.
require "sidekiq"

TEXT = "order 42 is on its way"
OUT = File.open(ENV.fetch("PEERS_OUT"), "a").tap { |out| out.sync = true }

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond)

Sidekiq.configure_server do |config|
  config.redis = { url: ENV.fetch("PEERS_URL") }
  # It logs two lines a job otherwise.
  config.logger.level = Logger::WARN
  config.on(:startup) { Noop.sample }
end
Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("PEERS_URL") } }

class Noop
  include Sidekiq::Job

  @ran = 0
  @lock = Mutex.new

  def self.ran(at)
    moment = now
    OUT.write("F #{moment}\n") if @lock.synchronize { @ran += 1 } == 1
    OUT.write("L #{moment - at}\n") if at.positive?
  end

  def self.sample
    Thread.new do
      last = 0
      loop do
        OUT.write("C #{now} #{last = @ran}\n") if @ran != last
        sleep 0.01
      end
    end
  end

  def perform(at, _text) = Noop.ran(at)
end

BATCH = 1000
WARM = 20

def enqueue(seconds, jobs)
  total = 0
  [[0.2, false], [1, true]].each do |share, measured|
    start, count = now, 0
    until now - start >= seconds * share * 1e6
      Noop.perform_async(0, TEXT)
      count += 1
    end
    total += count
    OUT.puts "ONE #{count * 1e6 / (now - start)}" if measured && count.positive?
  end
  if jobs > BATCH
    Noop.perform_bulk([[0, TEXT]] * BATCH)
    start = now
    (jobs / BATCH - 1).times { Noop.perform_bulk([[0, TEXT]] * BATCH) }
    OUT.puts "BULK #{(jobs / BATCH - 1) * BATCH * 1e6 / (now - start)}"
    total += jobs / BATCH * BATCH
  end
  OUT.puts "TOTAL #{total}"
end

def latency(count)
  random = Random.new(1)
  (count + WARM).times do |i|
    sleep random.rand(0.010..0.030)
    Noop.perform_async(i < WARM ? 0 : now, TEXT)
  end
end

if $PROGRAM_NAME == __FILE__
  case ARGV
  in ["enqueue", seconds, jobs] then enqueue(seconds.to_f, jobs.to_i)
  in ["latency", count] then latency(count.to_i)
  end
end
