"""Celery's side: `celery -A app worker` is the worker, `python3 app.py enqueue SECONDS JOBS` and `python3 app.py latency COUNT` the producers."""
import multiprocessing
import os
import random
import sys
import threading
import time

from celery import Celery, group
from celery.signals import worker_ready

TEXT = "order 42 is on its way"
BATCH = 1000
WARM = 20
OUT = os.open(os.environ["PEERS_OUT"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

app = Celery("app", broker=os.environ.get("PEERS_URL"))
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=64,
    worker_disable_rate_limits=True,
    broker_connection_retry_on_startup=True,
)

# Made before the worker forks: its processes share it.
ran = multiprocessing.Value("q", 0)


def now():
    return time.monotonic_ns() // 1000


def say(line):
    os.write(OUT, (line + "\n").encode())


@app.task(name="noop")
def noop(at, text):
    moment = now()
    with ran.get_lock():
        ran.value += 1
        first = ran.value == 1
    if first:
        say(f"F {moment}")
    if at > 0:
        say(f"L {moment - at}")


@worker_ready.connect
def sample(**_):
    def loop():
        last = 0
        while True:
            count = ran.value
            if count != last:
                last = count
                say(f"C {now()} {count}")
            time.sleep(0.01)

    threading.Thread(target=loop, daemon=True).start()


def bulk(count):
    """There is no write of many: a group of signatures is sent message by message over one connection."""
    group(noop.s(0, TEXT) for _ in range(count)).apply_async()


def enqueue(seconds, jobs):
    total = 0
    for share, measured in ((0.2, False), (1, True)):
        start, count = now(), 0
        while now() - start < seconds * share * 1e6:
            noop.delay(0, TEXT)
            count += 1
        total += count
        if measured and count:
            say(f"ONE {count * 1e6 / (now() - start)}")
    if jobs > BATCH:
        bulk(BATCH)
        start = now()
        for _ in range(jobs // BATCH - 1):
            bulk(BATCH)
        say(f"BULK {(jobs // BATCH - 1) * BATCH * 1e6 / max(1, now() - start)}")
        total += jobs // BATCH * BATCH
    say(f"TOTAL {total}")


def latency(count):
    rng = random.Random(1)
    for i in range(-WARM, count):
        time.sleep(rng.uniform(0.010, 0.030))
        noop.delay(0 if i < 0 else now(), TEXT)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["enqueue", seconds, jobs]:
            enqueue(float(seconds), int(jobs))
        case ["latency", count]:
            latency(int(count))
