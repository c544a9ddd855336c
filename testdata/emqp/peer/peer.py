"""Runs EventMQ's own programs against a broker, and says what came of it.
Exits with 1 if anything is not as with the real router.

    peer.py FRONTEND BACKEND ADMIN DIRECTORY SCENARIO [ARGUMENT...]

A line is "ok" or "FAIL", and what it is about; "note" is told and not judged.
With router, jobmanager or scheduler as the scenario it is that program.
"""

import json
import os
import signal
import subprocess
import sys
import time

frontend, backend, admin = ["tcp://127.0.0.1:" + p for p in sys.argv[1:4]]
directory, scenario, arguments = sys.argv[4], sys.argv[5], sys.argv[6:]
os.environ.update(
    EVENTMQ_CONFIG_FILE=os.path.join(directory, "none"),
    EVENTMQ_FRONTEND_ADDR=frontend,
    EVENTMQ_BACKEND_ADDR=backend,
    EVENTMQ_ADMINISTRATIVE_ADDR=admin,
    EVENTMQ_SCHEDULER_ADDR=frontend,
    EVENTMQ_WORKER_ADDR=backend,
    EVENTMQ_WORKER_ADDR_DEFAULT=backend,
    EVENTMQ_WORKER_ADDR_FAILOVER=backend,
    EVENTMQ_KILL_GRACE_PERIOD="5",
    EVENTMQ_REDIS_STARTUP_ERROR_HARD_KILL="false",
    EVENTMQ_RQ_PORT="1",
    PEERJOBS=os.path.join(directory, "jobs"),
)

from eventmq.client.messages import defer_job, schedule, send_emqp_message
from eventmq.sender import Sender

failed = 0
children = []


def say(word, what):
    print("%-4s %s" % (word, what), flush=True)


def expect(what, got, want):
    global failed
    if got == want:
        say("ok", what)
    else:
        failed += 1
        say("FAIL", "%s: %r, expected %r" % (what, got, want))


def until(what, condition, seconds=20):
    """Waits until condition holds, which is expected."""
    end = time.time() + seconds
    got = condition()
    while not got and time.time() < end:
        time.sleep(0.1)
        got = condition()
    expect(what, bool(got), True)


def start(*role, **environment):
    """Starts one of the programs."""
    log = open(os.path.join(directory, "log-%d-%s" % (len(children), role[0])), "wb")
    p = subprocess.Popen(
        [sys.executable] + sys.argv[:5] + list(role),
        stdout=log, stderr=log, env=dict(os.environ, **environment), start_new_session=True,
    )
    children.append(p)
    return p


def jobmanager(jobs=2, queues='[[20, "fast"], [10, "default"]]'):
    return start("jobmanager", EVENTMQ_CONCURRENT_JOBS=str(jobs), EVENTMQ_QUEUES=queues)


def connect(address):
    s = Sender()
    s.connect(addr=address)
    time.sleep(0.3)
    return s


def ask(socket, command):
    """What the admin port answers."""
    send_emqp_message(socket, command, ())
    if not socket.zsocket.poll(5000):
        return None
    return json.loads(socket.recv_multipart()[4])


def replies(socket, number, seconds=10):
    """The requests that the broker says it handed over."""
    got = []
    end = time.time() + seconds
    while len(got) < number and socket.zsocket.poll(max(0, int(1000 * (end - time.time())))):
        message = socket.recv_multipart()
        if message[2] == "REPLY":
            got.append(message[4])
    return got


def ran():
    """What jobs ran, a line each."""
    try:
        with open(os.environ["PEERJOBS"]) as f:
            return f.read().splitlines()
    except IOError:
        return []


def workers(socket):
    return (ask(socket, "ROUTER_SHOW_WORKERS") or {}).get("connected_workers", {})


def slots(socket):
    return sum(w["available_slots"] for w in workers(socket).values())


def jobs():
    """Jobs of the client library, run by a jobmanager."""
    client, control = connect(frontend), connect(admin)
    manager = jobmanager(2)
    until("a jobmanager with two free slots", lambda: slots(control) == 2)
    shown = list(workers(control).values())[0]
    expect("its queues", sorted(map(tuple, shown["queues"])), [(10, "default"), (20, "fast")])
    expect("the queues", sorted(ask(control, "ROUTER_SHOW_WORKERS")["connected_queues"]), ["default", "fast"])

    id = defer_job(client, "peerjobs.add", args=(1, 2), reply_requested=True)
    expect("a request is answered when it is handed over", replies(client, 1), [id])
    until("and run", lambda: "add 1 2" in ran())
    defer_job(client, "peerjobs.note", args=(u"gr\u00fc\u00df", "quick"), queue="fast")
    until("a job of another queue", lambda: u"gr\u00fc\u00df quick" in ran())
    defer_job(client, "peerjobs.note", args=("stray",), queue="no such queue")
    until("a queue that nobody has is the default one", lambda: "stray" in ran())
    defer_job(client, "peerjobs.fail", args=("on purpose",), reply_requested=True)
    until("a job that fails", lambda: "fail on purpose" in ran())
    defer_job(client, "peerjobs.nap", args=(30,), timeout=1, reply_requested=True)
    until("a job that is given up", lambda: "nap 30" in ran() and slots(control) == 2)
    replies(client, 9, 0.5)

    ids = [defer_job(client, "peerjobs.note", args=("job", i)) for i in range(200)]
    until("200 jobs", lambda: len([l for l in ran() if l.startswith("job ")]) == 200, 60)
    expect("each once", sorted(l for l in ran() if l.startswith("job ")), sorted("job %d" % i for i in range(200)))
    got = replies(client, 200, 2)
    expect("handed over once", len(set(got)), len(got))
    expect("no other is told", set(got) - set(ids), set())
    say("note", "%d of 200 were told to be handed over" % len(got))
    until("both slots are free again", lambda: slots(control) == 2)
    status = ask(control, "STATUS")
    expect("STATUS", sorted(status), [
        "inflight_messages_by_queue", "latency_messages_by_queue", "max_latency_messages_by_queue",
        "processed_messages_by_queue", "processed_messages_by_worker", "waiting_messages_by_queue",
    ])
    say("note", "processed by queue: %s" % json.dumps(status["processed_messages_by_queue"], sort_keys=True))

    manager.terminate()
    until("the jobmanager says KBYE and is gone", lambda: not workers(control))
    defer_job(client, "peerjobs.note", args=("later",))
    time.sleep(1)
    expect("nobody to run it", "later" in ran(), False)
    jobmanager(1)
    until("a job that waited for a jobmanager", lambda: "later" in ran())


def schedules():
    """The scheduler's jobs."""
    client, control = connect(frontend), connect(admin)
    jobmanager(2)
    start("scheduler")
    until("the scheduler is known", lambda: len(ask(control, "ROUTER_SHOW_SCHEDULERS")["connected_schedulers"]) == 1)
    until("a jobmanager", lambda: slots(control) == 2)
    count = lambda word: ran().count(word)
    schedule(client, "peerjobs.note", interval_secs=1, args=("tick",))
    until("every second", lambda: count("tick") >= 4)
    schedule(client, "peerjobs.note", interval_secs=3600, args=("once",), headers=("guarantee",))
    until("at once", lambda: count("once") == 1)
    schedule(client, "peerjobs.note", interval_secs=3600, args=("not yet",), headers=("nohaste",))
    schedule(client, "peerjobs.note", interval_secs=1, args=("twice",), headers=("run_count:2",))
    until("as often as told", lambda: count("twice") == 2)
    schedule(client, "peerjobs.note", cron="* * * * * */1", args=("cron",))
    until("by cron", lambda: count("cron") >= 2)
    schedule(client, "peerjobs.note", args=("tick",), unschedule=True)
    time.sleep(1.5)
    ticks = count("tick")
    time.sleep(3)
    expect("unscheduled", count("tick"), ticks)
    expect("no more than told", count("twice"), 2)
    expect("no haste", count("not yet"), 0)
    until("heartbeats keep both there", lambda: time.sleep(12) or len(workers(control)) == 1)
    expect("the scheduler too", len(ask(control, "ROUTER_SHOW_SCHEDULERS")["connected_schedulers"]), 1)


def deaths():
    """A jobmanager that is killed is forgotten; what waits is kept."""
    client, control = connect(frontend), connect(admin)
    manager = jobmanager(1)
    until("a jobmanager", lambda: slots(control) == 1)
    os.killpg(manager.pid, signal.SIGKILL)
    until("killed, it is forgotten", lambda: not workers(control), 30)
    defer_job(client, "peerjobs.note", args=("kept",))
    jobmanager(1)
    until("another one runs what waits", lambda: "kept" in ran(), 30)


def restart():
    """The broker ends and comes back, as our standard input says."""
    control = connect(admin)
    jobmanager(2)
    start("scheduler")
    until("a jobmanager", lambda: slots(control) == 2)
    say("now", "restart")
    sys.stdin.readline()
    again = connect(admin)
    until("the jobmanager comes back with its slots", lambda: slots(again) == 2, 60)
    until("the scheduler too", lambda: len(ask(again, "ROUTER_SHOW_SCHEDULERS")["connected_schedulers"]) == 1, 60)
    client = connect(frontend)
    id = defer_job(client, "peerjobs.add", args=(3, 4))
    expect("a request", replies(client, 1), [id])
    until("is run", lambda: "add 3 4" in ran())


def cli():
    """EventMQ's emq-cli, and the end."""
    manager = jobmanager(1)
    control = connect(admin)
    until("a jobmanager", lambda: slots(control) == 1)

    def shell(*commands):
        p = subprocess.run(
            [sys.executable, arguments[0], "--addr", admin], input="\n".join(commands) + "\n",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=30,
        )
        expect("emq-cli: " + ", ".join(commands), (p.returncode, p.stderr), (0, ""))
        return p.stdout

    out = shell("status", "show_workers", "show_schedulers")
    for word in ("inflight_messages_by_queue", "'available_slots': 1", "{'connected_schedulers': {}}"):
        expect("it shows " + word, word in out, True)
    out = shell("shutdown")
    expect("its shutdown is acknowledged", "'ACK'" in out, True)


def program(role):
    if role == "router":
        from eventmq.router import Router
        Router().router_main()
    elif role == "jobmanager":
        from eventmq.jobmanager import JobManager
        JobManager().jobmanager_main(broker_addr=backend)
    else:
        from eventmq.scheduler import Scheduler
        Scheduler().scheduler_main()


if __name__ == "__main__":
    if scenario in ("router", "jobmanager", "scheduler"):
        program(scenario)
        sys.exit(0)
    try:
        globals()[scenario]()
    finally:
        for child in children:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except OSError:
                pass
    sys.exit(failed and 1)
