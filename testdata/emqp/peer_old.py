"""One socket of libzmq 2.x or 3.x, driven by lines as that of peer.py.

    peer_old.py LIBRARY TYPE (bind|connect) ENDPOINT [OPTION=VALUE...]

LIBRARY is the shared library, which ctypes loads. Options: identity,
subscribe; others are passed over.
"""
import ctypes
import os
import socket
import sys

TYPES = "PAIR PUB SUB REQ REP DEALER ROUTER PULL PUSH XPUB XSUB".split()
IDENTITY, SUBSCRIBE, RCVMORE, LINGER, RCVTIMEO = 5, 6, 13, 17, 27
SNDMORE = 2


class Socket:
    def __init__(self, library, kind):
        self.z = z = ctypes.CDLL(library)
        major = ctypes.c_int()
        z.zmq_version(ctypes.byref(major), *[ctypes.byref(ctypes.c_int()) for _ in range(2)])
        self.old = major.value == 2
        z.zmq_init.restype = z.zmq_socket.restype = z.zmq_msg_data.restype = ctypes.c_void_p
        z.zmq_msg_size.restype = ctypes.c_size_t
        self.context = ctypes.c_void_p(z.zmq_init(1))
        self.socket = ctypes.c_void_p(z.zmq_socket(self.context, TYPES.index(kind)))
        for option, value in ((LINGER, 0), (RCVTIMEO, 10_000)):
            self.set(option, value.to_bytes(4, sys.byteorder))

    def set(self, option, value):
        self.z.zmq_setsockopt(self.socket, option, value, ctypes.c_size_t(len(value)))

    def send(self, body, more):
        message = ctypes.create_string_buffer(64)  # large enough in all versions
        self.z.zmq_msg_init_size(message, ctypes.c_size_t(len(body)))
        ctypes.memmove(self.z.zmq_msg_data(message), body, len(body))
        send = self.z.zmq_send if self.old else self.z.zmq_sendmsg
        send(self.socket, message, SNDMORE if more else 0)

    def receive(self):
        receive = self.z.zmq_recv if self.old else self.z.zmq_recvmsg
        frames = []
        while True:
            message = ctypes.create_string_buffer(64)
            self.z.zmq_msg_init(message)
            if receive(self.socket, message, 0) < 0:
                return None
            frames.append(ctypes.string_at(self.z.zmq_msg_data(message), self.z.zmq_msg_size(message)))
            more, size = ctypes.c_int64(), ctypes.c_size_t(8 if self.old else 4)
            self.z.zmq_getsockopt(self.socket, RCVMORE, ctypes.byref(more), ctypes.byref(size))
            if not more.value:
                return frames


def free_endpoint():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return "tcp://127.0.0.1:%d" % s.getsockname()[1]


def main():
    library, kind, how, endpoint = sys.argv[1:5]
    options = dict(o.split("=", 1) for o in sys.argv[5:])
    s = Socket(library, kind)
    if "identity" in options:
        s.set(IDENTITY, options["identity"].encode())
    if "subscribe" in options:
        s.set(SUBSCRIBE, options["subscribe"].encode())
    if how == "bind":
        endpoint = free_endpoint()
        failed = s.z.zmq_bind(s.socket, endpoint.encode())
    else:
        failed = s.z.zmq_connect(s.socket, endpoint.encode())
    if failed:
        sys.exit("%s %s failed" % (how, endpoint))
    print(endpoint, flush=True)
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "send":
            for i, h in enumerate(rest):
                s.send(bytes.fromhex(h.strip("-")), i < len(rest) - 1)
            print("ok", flush=True)
            continue
        frames = s.receive()
        print("none" if frames is None else " ".join(f.hex() or "-" for f in frames), flush=True)
    os._exit(0)  # what is not sent does not matter


main()
