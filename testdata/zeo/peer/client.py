"""Does with ZODB over a real ZEO client all that an application does with the
server at an address, and says what came of it. Exits with 1 if anything is
not as with the real server.

    client.py PORT DIRECTORY SCENARIO [ARGUMENT...]

Runs with ZODB 3.9 on Python 2.7 and with everything later. A line is "ok" or
"FAIL", and what it is about; "note" is told and not judged.
"""

import json
import logging
import os
import socket
import struct
import subprocess
import sys
import threading
import time

import transaction
from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from persistent.mapping import PersistentMapping
from ZEO.ClientStorage import ClientStorage
from ZODB import DB
from ZODB import POSException
from ZODB.blob import Blob
from ZODB.utils import p64, z64

try:
    from ZODB.Connection import TransactionMetaData as Meta
except ImportError:
    Meta = transaction.Transaction

port, directory, scenario = int(sys.argv[1]), sys.argv[2], sys.argv[3]
arguments = sys.argv[4:]
address = ("127.0.0.1", port)
logging.basicConfig(level=logging.CRITICAL)
failed = 0


def say(word, what):
    sys.stdout.write("%-4s %s\n" % (word, what))
    sys.stdout.flush()


def expect(what, got, want):
    global failed
    if got == want:
        say("ok", what)
    else:
        failed += 1
        say("FAIL", "%s: %r, expected %r" % (what, got, want))


def raised(call, *args):
    """The name of what call raises."""
    try:
        call(*args)
    except Exception as e:
        return type(e).__name__
    return None


def until(what, condition, seconds=15):
    """Waits until condition holds, which is expected."""
    end = time.time() + seconds
    got = condition()
    while not got and time.time() < end:
        time.sleep(0.02)
        got = condition()
    expect(what, bool(got), True)


class Client(object):
    """A storage with a database and one connection of its own."""

    made = 0

    def __init__(self, **options):
        Client.made += 1
        blobs = os.path.join(directory, "blobs-%d-%d" % (os.getpid(), Client.made))
        if not os.path.isdir(blobs):
            os.mkdir(blobs, 0o700)
        options.setdefault("blob_dir", blobs)
        options.setdefault("wait_timeout", 15)
        self.storage = ClientStorage(address, wait=True, **options)
        self.database = DB(self.storage)
        self.manager = transaction.TransactionManager()
        self.connection = self.database.open(transaction_manager=self.manager)

    @property
    def root(self):
        return self.connection.root()

    def commit(self):
        self.manager.commit()

    def abort(self):
        self.manager.abort()

    def sync(self):
        self.manager.abort()
        self.connection.sync()

    def follow(self, other):
        """Begins anew when all that the other did has come."""
        end = time.time() + 15
        while self.storage.lastTransaction() < other.storage.lastTransaction() and time.time() < end:
            time.sleep(0.01)
        self.sync()

    def sees(self, name, value):
        """Whether root[name] is value by now."""

        def look():
            self.sync()
            return self.root.get(name) == value

        return look

    def close(self):
        self.abort()
        self.connection.close()
        self.database.close()


def first():
    """What a client and another do with each other."""
    a, b = Client(), Client()
    proto = getattr(a.storage, "protocol_version", None)
    if proto is None:
        proto = getattr(getattr(a.storage, "_connection", None), "peer_protocol_version", None)
    say("note", "protocol %s" % (proto if isinstance(proto, str) or proto is None else proto.decode()))
    expect("supportsUndo", a.storage.supportsUndo(), True)
    expect("it is writable", a.storage.isReadOnly(), False)

    a.root["n"] = 1
    a.root["m"] = PersistentMapping({"x": 0})
    a.root["big"] = PersistentMapping({"text": u"\u00f6" * 1000000})
    a.commit()
    until("a commit reaches another client", b.sees("n", 1))
    expect("an object", b.root["m"]["x"], 0)
    expect("2 MB", len(b.root["big"]["text"]), 1000000)

    tree = a.root["tree"] = OOBTree()
    for i in range(2000):
        tree[i] = PersistentMapping({"i": i})
    a.commit()
    b.follow(a)
    expect("2000 objects in one transaction", sum(v["i"] for v in b.root["tree"].values()), 1999000)

    b.follow(a)
    old = b.root["m"]
    old._p_deactivate()
    a.root["m"]["x"] = 5
    a.commit()
    time.sleep(0.3)
    expect("an open transaction still sees what was", old["x"], 0)
    b.follow(a)
    expect("and the new state after it", b.root["m"]["x"], 5)

    a.root["m"]["x"] = 6
    b.root["m"]["x"] = 7
    a.commit()
    expect("conflict", raised(b.commit), "ConflictError")
    b.abort()
    b.root["m"]["x"] += 2
    b.commit()
    until("done again after the conflict", lambda: a.sync() or a.root["m"]["x"] == 8)

    a.root["length"] = Length(0)
    a.commit()
    b.follow(a)
    b.root["length"].value
    a.root["length"].change(3)
    b.root["length"].change(4)
    a.commit()
    got = raised(b.commit)
    b.follow(a)
    say("note", "a conflict that the class can resolve: %s, then %d" % (got, b.root["length"].value))
    expect("resolved, or refused", (got, b.root["length"].value) in [(None, 7), ("ConflictError", 3)], True)

    if hasattr(b.connection, "readCurrent"):
        b.follow(a)
        b.connection.readCurrent(b.root["m"])
        b.root["m"]["x"]
        b.root["tree"][0]["i"] = -1
        a.follow(b)
        a.root["m"]["x"] = 9
        a.commit()
        expect("readCurrent of what changed", raised(b.commit), "ReadConflictError")
        b.follow(a)
        expect("nothing of it is there", b.root["tree"][0]["i"], 0)

    a.follow(b)
    savepoint = None
    a.root["s"] = 1
    savepoint = a.manager.savepoint() if hasattr(a.manager, "savepoint") else a.manager.get().savepoint()
    a.root["s"] = 2
    savepoint.rollback()
    a.commit()
    until("a savepoint rolled back", b.sees("s", 1))

    a.root["gone"] = 1
    a.abort()
    expect("abort", "gone" in a.root, False)
    expect("no such object", raised(a.storage.load, p64(0xdeadbeef), ""), "POSKeyError")
    if hasattr(a.storage, "loadBefore"):
        expect("before anything", a.storage.loadBefore(z64, p64(1)), None)

    a.follow(b)
    oid, tid = a.root._p_oid, a.root._p_serial
    expect("lastTransaction", a.storage.lastTransaction() >= tid, True)
    data = a.storage.load(oid, "")[0]
    expect("loadSerial", a.storage.loadSerial(oid, tid) == data, True)
    history = a.storage.history(oid, size=3)
    expect("history", (len(history), history[0]["tid"]), (3, tid))
    a.root["late"] = 1
    a.commit()
    expect("loadBefore", a.storage.loadBefore(oid, a.root._p_serial)[:2], (data, tid))
    t = Meta()  # a connection may notice a conflict before its server does
    a.storage.tpc_begin(t)

    def stale():
        a.storage.store(oid, p64(1), data, "", t)
        a.storage.tpc_vote(t)

    expect("a conflict that the server notices", raised(stale), "ConflictError")
    a.storage.tpc_abort(t)
    if hasattr(a.storage, "server_status"):
        status = a.storage.server_status()
        expect("server_status", (status["conflicts"] >= 1, status["commits"] >= 5), (True, True))
    info = a.storage.get_info() if hasattr(a.storage, "get_info") else {}
    say("note", "get_info %s" % sorted(info))
    expect("len and size", (len(a.storage) > 2000, a.storage.getSize() > 2000000), (True, True))
    a.close()
    b.close()

    c = Client()
    expect("opened again", (c.root["n"], c.root["m"]["x"] in (8, 9), len(c.root["tree"])), (1, True, 2000))
    c.close()


def undo():
    a, b = Client(), Client()
    a.root["u"] = PersistentMapping({"x": 1})
    a.commit()
    t = a.manager.get()
    t.note(u"the change")
    t.setUser(u"who") if sys.version_info[0] == 2 else setattr(t, "user", u"who")
    t.setExtendedInfo("kind", u"test")
    a.root["u"]["x"] = 2
    a.commit()
    b.follow(a)
    expect("before", b.root["u"]["x"], 2)
    log = [dict(d) for d in a.database.undoLog(0, 5)]
    if log and isinstance(log[0]["description"], bytes):
        for d in log:
            d["description"], d["user_name"] = d["description"].decode(), d["user_name"].decode()
    expect("undoLog", (log[0]["description"], log[0]["user_name"].split()[-1], log[0].get("kind")), ("the change", "who", "test"))
    expect("undoInfo", [d["id"] for d in a.database.undoInfo(0, -20)][:2], [d["id"] for d in log[:2]])
    found = a.database.undoInfo(0, -20, {"user_name": a.storage.undoLog(0, 1)[0]["user_name"]})
    expect("undoInfo of one user", len(found), 1)

    a.database.undo(log[0]["id"], a.manager.get())
    a.commit()
    until("undone", lambda: b.sync() or b.root["u"]["x"] == 1)
    until("undone here too", lambda: a.sync() or a.root["u"]["x"] == 1)
    again = a.database.undoLog(0, 1)[0]["id"]
    a.database.undo(again, a.manager.get())
    a.commit()
    until("the undo undone", lambda: b.sync() or b.root["u"]["x"] == 2)

    a.follow(b)
    a.root["u"]["x"] = 3
    a.commit()
    a.root["u"]["x"] = 4
    a.commit()
    early = a.database.undoLog(0, 2)[1]["id"]

    c = Client()

    def too_early():
        c.database.undo(early, c.manager.get())
        c.commit()

    got = raised(too_early)
    c.storage.close()  # 3.9 has no other way out
    expect("a transaction with a later one on top", got in ("UndoError", "MultipleUndoErrors", "ServerException"), True)
    say("note", "it is a %s" % got)
    until("nothing was undone", lambda: a.sync() or a.root["u"]["x"] == 4)
    a.close()
    b.close()


def blobs():
    a, b = Client(), Client()
    bodies = {"empty": b"", "short": b"short", "long": os.urandom(300000)}
    for name in bodies:
        blob = a.root["blob " + name] = Blob()
        f = blob.open("w")
        f.write(bodies[name])
        f.close()
    a.commit()

    def read(c, name):
        f = c.root["blob " + name].open("r")
        try:
            return f.read()
        finally:
            f.close()

    b.follow(a)
    for name in sorted(bodies):
        expect("blob " + name, read(b, name) == bodies[name], True)
    f = b.root["blob short"].open("w")
    f.write(b"changed")
    f.close()
    b.commit()
    a.follow(b)
    expect("a changed blob", read(a, "short"), b"changed")

    a.follow(b)
    for c, text in ((a, b"one"), (b, b"two")):
        c.sync()
        f = c.root["blob short"].open("w")
        f.write(text)
        f.close()
    a.commit()
    expect("a blob's conflict", raised(b.commit), "ConflictError")
    b.abort()
    b.follow(a)
    expect("the first one's", read(b, "short"), b"one")
    last = a.database.undoLog(0, 1)[0]["id"]
    a.database.undo(last, a.manager.get())
    a.commit()
    b.follow(a)
    expect("a blob's change undone", read(b, "short"), b"changed")
    a.close()
    b.close()


def iterate():
    a = Client()
    for i in range(5):
        a.manager.get().note(u"step %d" % i)
        a.root["i"] = i
        a.commit()
    tids = []
    for t in a.storage.iterator():
        records = [(r.oid, r.tid, len(r.data or b"")) for r in t]
        tids.append(t.tid)
        note = t.description if isinstance(t.description, str) else t.description.decode()
        if not records or records[0][1] != t.tid:
            expect("records of %r" % t.tid, records, "some of the same tid")
    expect("iterator", (len(tids) >= 5, tids == sorted(tids), note), (True, True, "step 4"))
    got = [t.tid for t in a.storage.iterator(tids[-3], tids[-2])]
    expect("iterator of a range", got, tids[-3:-1])
    seen, next = 0, None
    while True:
        oid, tid, data, next = a.storage.record_iternext(next)
        seen += 1
        if next is None:
            break
    expect("record_iternext", seen >= 1, True)
    a.close()


def pack():
    a, b = Client(), Client()
    a.root["p"] = PersistentMapping()
    a.commit()
    oid = a.root["p"]._p_oid
    for i in range(10):
        a.root["p"]["i"] = i
        a.commit()
    expect("history before", len(a.storage.history(oid, size=50)), 11)
    before = len(a.storage)
    trash = a.root["p"]
    del a.root["p"]
    a.commit()
    a.root["keep"] = PersistentMapping({"k": 1})
    a.commit()
    time.sleep(1.1)
    a.database.pack(time.time())
    until("garbage is gone", lambda: raised(a.storage.load, oid, "") == "POSKeyError" or a.storage._cache.clear())
    b.follow(a)
    expect("the rest is there", b.root["keep"]["k"], 1)
    expect("history after", len(b.storage.history(b.root._p_oid, size=50)), 1)
    a.root["after"] = 1
    a.commit()
    until("it goes on", b.sees("after", 1))
    a.close()
    b.close()


def cache():
    """A cache in files: fresh, stale, and too stale."""
    var = os.path.join(directory, "var")
    os.path.isdir(var) or os.mkdir(var)
    w = Client()
    w.root["c"] = PersistentMapping({"x": 0})
    w.root["d"] = PersistentMapping({"x": 0})
    w.commit()
    for changes in (0, 0, 3, 150):
        for i in range(changes):
            w.root["c"]["x"] += 1
            w.commit()
        w.sync()
        c = Client(client="c", var=var)
        until("a cache %d changes old" % changes, lambda: c.sync() or (c.root["c"]["x"], c.root["d"]["x"]) == (w.root["c"]["x"], 0))
        w.root["c"]["x"] += 1
        w.commit()
        until("and a change more", lambda: c.sync() or c.root["c"]["x"] == w.root["c"]["x"])
        c.close()
    w.close()


def killed():
    """A client that is killed in the midst of a commit leaves the lock free."""
    c = Client()
    for step in ("begin", "store", "vote", "finish"):
        w = subprocess.Popen([sys.executable] + sys.argv[:3] + ["dying", step])
        expect("killed after " + step, w.wait(), 9)
        c.sync()
        c.root["step"] = step
        c.commit()
        until("a commit after that", c.sees("step", step))
    c.close()


def dying():
    c = Client()
    t = Meta()
    oid = c.storage.new_oid()
    c.storage.tpc_begin(t)
    arguments[0] == "begin" and os._exit(9)
    c.storage.store(oid, z64, b"x" * 100000, "", t)
    arguments[0] == "store" and os._exit(9)
    c.storage.tpc_vote(t)
    arguments[0] == "vote" and os._exit(9)
    c.storage.tpc_finish(t)
    os._exit(9)


def queue():
    """The lock: a vote waits for another to finish or to go."""
    stores = [Client() for _ in range(3)]
    oids = [c.storage.new_oid() for c in stores]

    def begin(i):
        t = Meta()
        stores[i].storage.tpc_begin(t)
        stores[i].storage.store(oids[i], z64, b"x", "", t)
        return t

    def vote(i, t):
        th = threading.Thread(target=lambda: raised(stores[i].storage.tpc_vote, t))
        th.daemon = True
        th.start()
        return th

    t0, t1, t2 = begin(0), begin(1), begin(2)
    stores[0].storage.tpc_vote(t0)
    v1 = vote(1, t1)
    v1.join(0.5)
    expect("a vote waits", v1.is_alive(), True)
    v2 = vote(2, t2)
    v2.join(0.5)
    expect("another waits", v2.is_alive(), True)
    stores[0].storage.tpc_finish(t0)
    until("until the first is finished", lambda: not (v1.is_alive() and v2.is_alive()))
    time.sleep(0.3)
    expect("the other still waits", v1.is_alive() or v2.is_alive(), True)
    # Which of them it is, is nobody's promise.
    gone, last, t = (2, 1, t1) if v1.is_alive() else (1, 2, t2)
    stores[gone].storage.close()
    (v1 if last == 1 else v2).join(10)
    expect("until the other has gone", v1.is_alive() or v2.is_alive(), False)
    stores[last].storage.tpc_finish(t)
    expect("finished", [stores[0].storage.load(oids[i], "")[0] for i in (0, last)], [b"x", b"x"])
    expect("not there, for it had gone", raised(stores[0].storage.load, oids[gone], ""), "POSKeyError")
    for i in (0, last):
        stores[i].close()


def readonly():
    """At a server that takes no changes."""
    c = Client(read_only_fallback=True)
    expect("fallback", c.storage.isReadOnly(), True)
    c.root["no"] = 1
    expect("a commit", raised(c.commit), "ReadOnlyError")
    c.close()
    c = Client(read_only=True)
    expect("read only", c.storage.isReadOnly(), True)
    c.close()


def seed():
    """A root, without which a read-only server's storage is no database."""
    c = Client()
    c.root["n"] = 1
    c.commit()
    c.close()


def restart():
    """The server ends and comes back, as our standard input says."""
    c, w = Client(), Client()
    c.root["r"] = 1
    c.commit()
    until("before", w.sees("r", 1))
    say("now", "stop")
    sys.stdin.readline()
    c.root["r"] = 0
    expect("a commit without a server", raised(c.commit) is None, False)
    c.abort()
    say("now", "start")
    sys.stdin.readline()

    def works():
        try:
            c.sync()
            c.root["r"] = 2
            c.commit()
            return True
        except Exception:
            c.abort()
            return False

    until("a commit after it came back", works, 60)

    def seen():
        try:
            return w.sees("r", 2)()
        except Exception:
            return False

    until("the other client too", seen, 60)
    c.close()
    w.close()


def ruok():
    s = socket.create_connection(address, 10)
    f = s.makefile("rb")

    def message():
        n = f.read(4)
        return f.read(struct.unpack(">I", n)[0]).decode() if n else ""

    hello = message()
    say("note", "hello " + hello)
    s.sendall(b"\0\0\0\4ruok")
    answer = message()
    expect("ruok", "1" in json.loads(answer) if answer else hello[:2], True if answer else "Z3")
    s.close()


def load():
    """Eight clients, all adding to one counter and to a list of their own."""
    processes, commits = 8, int(arguments[0])
    c = Client()
    c.root["counter"] = PersistentMapping({"n": 0})
    c.root["lists"] = OOBTree()
    for i in range(processes):
        c.root["lists"][i] = PersistentMapping()
    c.commit()
    began = time.time()
    workers = [
        subprocess.Popen([sys.executable] + sys.argv[:3] + ["worker", str(i), str(commits)], stdout=subprocess.PIPE)
        for i in range(processes)
    ]
    conflicts = 0
    acknowledged = []
    for w in workers:
        out = w.communicate()[0].decode().split()
        expect("a worker's end", w.returncode, 0)
        conflicts += int(out[0])
        acknowledged.append(out[1:])
    took = time.time() - began
    until("the counter is what was acknowledged", lambda: c.sync() or c.root["counter"]["n"] == processes * commits, 30)
    for i in range(processes):
        entries = c.root["lists"][i]
        expect("nothing of worker %d is lost" % i, sorted(entries.keys()), list(range(commits)))
    values = sorted(v for i in range(processes) for v in c.root["lists"][i].values())
    expect("each value of the counter once", values, list(range(1, processes * commits + 1)))
    expect("there were conflicts", conflicts > 0, True)
    say("note", "%d commits, %d conflicts, %.1f s" % (processes * commits, conflicts, took))
    c.close()


def worker():
    name, commits = int(arguments[0]), int(arguments[1])
    c = Client()
    conflicts = 0
    done = []
    while len(done) < commits:
        try:
            c.sync()
            n = c.root["counter"]["n"] + 1
            c.root["counter"]["n"] = n
            c.root["lists"][name][len(done)] = n
            c.commit()
            done.append(n)
        except POSException.ConflictError:
            c.abort()
            conflicts += 1
    sys.stdout.write("%d %s\n" % (conflicts, " ".join(map(str, done))))
    c.close()


if __name__ == "__main__":
    if not os.path.isdir(directory):
        os.makedirs(directory)
    globals()[scenario]()
    sys.exit(failed and 1)
