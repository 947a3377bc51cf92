// BullMQ's side: `node app.js worker`, and the producers `enqueue SECONDS JOBS` and `latency COUNT`.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, Worker, createPostgresBackend, setDefaultBackendFactory } from "bullmq";
import { Redis } from "ioredis";

const TEXT = "order 42 is on its way";
const BATCH = 1000;
const WARM = 20;
const [command, first, second] = process.argv.slice(2);
const say = (line) => appendFileSync(process.env.PEERS_OUT, line + "\n");
const now = () => Number(process.hrtime.bigint() / 1000n);
const postgres = process.env.PEERS_URL.startsWith("postgres:");
if (postgres) {
  setDefaultBackendFactory(createPostgresBackend);
}
const connection = postgres ? { connectionString: process.env.PEERS_URL, migrate: true } : new Redis(process.env.PEERS_URL, { maxRetriesPerRequest: null });

// Finished jobs are kept unless it is told otherwise; it is faster without.
const queue = () => new Queue("peers", { connection, defaultJobOptions: { removeOnComplete: true } });

async function enqueue(seconds, jobs) {
  const noops = queue();
  let total = 0;
  for (const [share, measured] of [[0.2, false], [1, true]]) {
    const start = now();
    let count = 0;
    for (; now() - start < seconds * share * 1e6; count++) {
      await noops.add("noop", { at: 0, text: TEXT });
    }
    total += count;
    if (measured && count > 0) {
      say(`ONE ${(count * 1e6) / (now() - start)}`);
    }
  }
  if (jobs > BATCH) {
    const batch = Array.from({ length: BATCH }, () => ({ name: "noop", data: { at: 0, text: TEXT } }));
    await noops.addBulk(batch);
    const batches = Math.floor(jobs / BATCH) - 1;
    const start = now();
    for (let i = 0; i < batches; i++) {
      await noops.addBulk(batch);
    }
    say(`BULK ${(batches * BATCH * 1e6) / (now() - start)}`);
    total += (batches + 1) * BATCH;
  }
  say(`TOTAL ${total}`);
  await noops.close();
  connection.disconnect?.();
}

async function latency(count) {
  const noops = queue();
  for (let i = -WARM; i < count; i++) {
    await sleep(10 + Math.random() * 20);
    await noops.add("noop", { at: i < 0 ? 0 : now(), text: TEXT });
  }
  await noops.close();
  connection.disconnect?.();
}

function work() {
  let ran = 0;
  let last = 0;
  const worker = new Worker("peers", async (job) => {
    const moment = now();
    if (++ran === 1) {
      say(`F ${moment}`);
    }
    if (job.data.at > 0) {
      say(`L ${moment - job.data.at}`);
    }
  }, { connection, concurrency: Number(process.env.PEERS_SLOTS) });
  setInterval(() => {
    if (ran !== last) {
      say(`C ${now()} ${(last = ran)}`);
    }
  }, 10);
  process.on("SIGTERM", async () => {
    await worker.close();
    process.exit(0);
  });
}

await { enqueue: () => enqueue(Number(first), Number(second)), latency: () => latency(Number(first)), worker: work }[command]();
