"""Does with BIND 10's Python library all that it can do with the daemon at a
socket, and says what came of it. Exits with 1 if anything is not as with the
real daemon.

    library.py SOCKET DIRECTORY plain|compat

compat: the daemon waits for a config manager, which is then played here.
"""

import json
import os
import select
import sys
import threading
import time

from isc.cc import Session, SessionTimeout
from isc.config.ccsession import ModuleCCSession, RPCError, create_answer

socket_file, directory, mode = sys.argv[1:]
failed = 0


def expect(what, got, want):
    global failed
    if got != want:
        failed += 1
        print("FAIL %s: %r, expected %r" % (what, got, want), flush=True)
    else:
        print("ok   %s" % what, flush=True)


def module(name, handler=None):
    """A module's session; it needs a file that describes the module."""
    path = os.path.join(directory, name + ".spec")
    with open(path, "w") as f:
        json.dump({"module_spec": {"module_name": name, "config_data": [], "commands": []}}, f)
    return ModuleCCSession(path, None, handler, Session(socket_file), False)


def settle(session):
    """Returns when all that was sent before has been done."""
    session.sendmsg({"type": "ping"})
    while session.recvmsg(False)[0] != {"type": "pong"}:
        pass


def silent(session):
    """Whether nothing comes."""
    settle(session)
    return session.group_recvmsg(True) == (None, None)


def raised(call):
    try:
        return call()
    except RPCError as e:
        return type(e).__name__, e.code(), str(e)
    except SessionTimeout as e:
        return str(e)


def in_background(m):
    """Has a module answer commands until its connection ends."""

    def run():
        try:
            while True:
                select.select([m.get_socket()], [], [])
                m.check_command(True)
        except Exception:  # the end of the connection, in one of many forms
            pass

    threading.Thread(target=run, daemon=True).start()


def config_manager():
    """Answers as a config manager with nothing configured."""
    s = Session(socket_file)
    s.group_subscribe("ConfigManager")
    for _ in range(3):
        msg, env = s.group_recvmsg(False)
        s.group_reply(env, create_answer(0))
    return s


def sessions():
    a, b = Session(socket_file), Session(socket_file)
    expect("lnames differ", a.lname != b.lname and "@" in a.lname, True)
    a.sendmsg({"type": "getlname"})
    expect("getlname again", a.recvmsg(False), ({"type": "getlname"}, {"lname": a.lname}))
    a.sendmsg({"type": "ping"}, {"x": [1, "\u00e9", None]})
    expect("ping with a body", a.recvmsg(False), ({"type": "pong"}, {"x": [1, "\u00e9", None]}))
    a.sendmsg({"type": "ping"})
    expect("ping without", a.recvmsg(False), ({"type": "pong"}, None))

    b.group_subscribe("G")
    settle(b)
    body = {"\u00f6": float("inf"), "deep": [[[]]]}
    seq = a.group_sendmsg(body, "G")
    msg, env = b.group_recvmsg(False)
    header = {"type": "send", "from": a.lname, "to": "*", "group": "G", "instance": "*", "seq": seq}
    expect("send to a group", (msg, env), (body, dict(header, want_answer=False)))
    b.group_reply(env, {"re": 1})
    msg, env = a.group_recvmsg(False, seq)
    expect("reply", (msg, env["from"], env["to"], env["reply"]), ({"re": 1}, b.lname, a.lname, seq))
    big = {"x": "y" * 900000}
    a.group_sendmsg(big, "G")
    expect("900 kB", b.group_recvmsg(False)[0] == big, True)
    a.group_sendmsg(9, "any", to=b.lname)
    expect("send to one", b.group_recvmsg(False)[0], 9)

    none = {"result": [-1, "No such recipient"]}
    seq = a.group_sendmsg(6, "nobody", want_answer=True)
    msg, env = a.group_recvmsg(False, seq)
    header = dict(header, **{"from": "msgq", "to": a.lname, "group": "nobody", "seq": seq})
    expect("nobody there", (msg, env), (none, dict(header, want_answer=True, reply=seq)))
    seq = b.group_sendmsg(5, "G", want_answer=True)
    expect("nobody but oneself there", b.group_recvmsg(False, seq)[0], none)
    seq = a.group_sendmsg(8, "G", to="no@such", want_answer=True)
    expect("no such lname", a.group_recvmsg(False, seq)[0], none)
    a.group_sendmsg(7, "nobody")
    expect("nobody there, and no answer wanted", silent(a), True)

    b.group_subscribe("I", "one")
    settle(b)
    a.group_sendmsg(1, "I", "two")
    a.group_sendmsg(2, "I")
    a.group_sendmsg(3, "I", "one")
    expect("only the own instance", b.group_recvmsg(False)[0], 3)
    for _ in range(2):  # twice is no fault
        b.group_unsubscribe("G")
    settle(b)
    a.group_sendmsg(10, "G")
    settle(a)
    expect("nothing after unsubscribing", silent(b), True)


def modules():
    seen = []
    watch = module("Watch")
    watch.subscribe_notification("cc_members", lambda event, params: seen.append((event, params)))

    def told(event, **params):
        end = time.time() + 10
        while (event, params) not in seen and time.time() < end:
            if select.select([watch.get_socket()], [], [], 1)[0]:
                watch.check_command(True)
        expect("notified: %s %s" % (event, params), (event, params) in seen, True)

    def lname(m):
        return m._session.lname

    told("subscribed", client=lname(watch), group="notifications/cc_members")

    def handler(name, arg):
        return {
            "echo": lambda: create_answer(0, arg),
            "fail": lambda: create_answer(7, "it failed"),
            "silent": lambda: None,
        }[name]()

    callee, caller = module("Callee", handler), module("Caller")
    in_background(callee)
    told("connected", client=lname(callee))
    told("subscribed", client=lname(callee), group="Callee")
    value = {"k": [1, 2, "\u00fc"]}
    expect("call", caller.rpc_call("echo", "Callee", params=value), value)
    expect("call without value", caller.rpc_call("echo", "Callee"), None)
    expect("call by lname", caller.rpc_call("echo", "Callee", to=lname(callee), params=value), value)
    expect("call that fails", raised(lambda: caller.rpc_call("fail", "Callee")), ("RPCError", 7, "it failed"))
    missing = ("RPCRecipientMissing", -1, "No such recipient")
    expect("call of nobody", raised(lambda: caller.rpc_call("echo", "Nobody")), missing)
    caller._session.set_timeout(200)
    expect("call without answer", raised(lambda: caller.rpc_call("silent", "Callee")), "recv() on cc session timed out")
    caller._session.set_timeout(Session.MSGQ_DEFAULT_TIMEOUT)

    everybody = caller.rpc_call("members", "Msgq")
    expect("members", {lname(m) for m in (watch, callee, caller)} - set(everybody), set())
    expect("members of a group", caller.rpc_call("members", "Msgq", params={"group": "Callee"}), [lname(callee)])
    expect("members of none", caller.rpc_call("members", "Msgq", params={"group": "none"}), [])
    unknown = ("RPCError", 1, "unknown command: bogus")
    expect("unknown command", raised(lambda: caller.rpc_call("bogus", "Msgq")), unknown)

    got = []
    caller.subscribe_notification("mine", lambda event, params: got.append((event, params)))
    settle(caller._session)
    watch.notify("mine", "happened", {"a": 1})
    watch.notify("mine", "bare")
    for _ in range(2):
        caller.check_command(False)
    expect("notifications of clients", got, [("happened", {"a": 1}), ("bare", None)])

    callee._session.group_subscribe("More")
    callee._session.group_unsubscribe("More")
    told("unsubscribed", client=lname(callee), group="More")
    name = lname(callee)
    callee.get_socket().shutdown(2)
    told("unsubscribed", client=name, group="Callee")
    told("disconnected", client=name)
    events = [event for event, params in seen if params["client"] == name]
    order = ["connected", "subscribed", "subscribed", "unsubscribed", "unsubscribed", "disconnected"]
    expect("their order", events, order)
    expect("call of one who left", raised(lambda: caller.rpc_call("echo", "Callee")), missing)
    for m in (callee, caller, watch):
        m.close()


if mode == "compat":
    manager = config_manager()
sessions()
modules()
sys.exit(failed > 0)
