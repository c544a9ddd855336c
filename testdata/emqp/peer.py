"""One pyzmq socket, driven by lines: for tests against the real libzmq.

    peer.py TYPE (bind|connect) ENDPOINT [OPTION=VALUE...]

TYPE is a socket type. Options: identity, subscribe, plain=USER:PASSWORD,
plain-server=USER:PASSWORD, curve=SERVER-KEY,SECRET-KEY in Z85,
curve-server=SECRET-KEY, curve-refuse=yes to let no client of CURVE in,
heartbeat=IVL:TTL in ms, probe=yes. Prints the endpoint, then
answers each line of standard input with one line: `send HEX HEX...` with
`ok`, `recv` with the frames in hexadecimal (- for an empty one) or `none`
after 10 s. Ends with its input.
"""
import os
import sys
import tempfile

import zmq
import zmq.auth.thread


def main():
    kind, how, endpoint = sys.argv[1:4]
    options = dict(o.split("=", 1) for o in sys.argv[4:])
    context = zmq.Context()
    auth = None
    socket = context.socket(getattr(zmq, kind))
    socket.linger, socket.rcvtimeo, socket.sndtimeo = 0, 10_000, 10_000
    if "identity" in options:
        socket.identity = options["identity"].encode()
    if "subscribe" in options:
        socket.subscribe(options["subscribe"])
    if "plain" in options:
        user, password = options["plain"].split(":")
        socket.plain_username, socket.plain_password = user.encode(), password.encode()
    if "plain-server" in options:
        user, password = options["plain-server"].split(":")
        auth = zmq.auth.thread.ThreadAuthenticator(context)
        auth.start()
        auth.configure_plain(domain="*", passwords={user: password})
        socket.plain_server = True
    if "curve" in options:
        server, secret = (k.encode() for k in options["curve"].split(","))
        socket.curve_serverkey, socket.curve_secretkey = server, secret
        socket.curve_publickey = zmq.curve_public(secret)
    if "curve-server" in options:
        socket.curve_secretkey = options["curve-server"].encode()
        socket.curve_server = True
    if "curve-refuse" in options:
        nobody = tempfile.mkdtemp()  # a directory of certificates
        auth = zmq.auth.thread.ThreadAuthenticator(context)
        auth.start()
        auth.configure_curve(domain="*", location=nobody)
        os.rmdir(nobody)
    if "probe" in options:
        socket.probe_router = True
    if "heartbeat" in options:
        interval, ttl = options["heartbeat"].split(":")
        socket.heartbeat_ivl, socket.heartbeat_ttl = int(interval), int(ttl)
    getattr(socket, how)(endpoint)
    print(socket.last_endpoint.decode(), flush=True)
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "send":
            socket.send_multipart([bytes.fromhex(h.strip("-")) for h in rest])
            print("ok", flush=True)
            continue
        try:
            print(*(f.hex() or "-" for f in socket.recv_multipart()), flush=True)
        except zmq.Again:
            print("none", flush=True)
    if auth:
        auth.stop()


main()
