"""ZMTP 3: the greeting, then frames by their flags, put together to
messages and printed as strings in JSON's quotes."""
import json
import struct

import stream

LONG = struct.Struct('>Q')


def frames(r):
    greeting = r.read(64)
    if not greeting:
        return
    yield True, [greeting]
    parts = []
    while True:
        flags = r.read(1)
        if not flags:
            return
        flags = flags[0]
        size = LONG.unpack(r.read(8))[0] if flags & 2 else r.read(1)[0]
        parts.append(r.read(size))
        if not flags & 1:
            yield bool(flags & 4), parts
            parts = []


def text(f):
    command, parts = f
    return ('command ' if command else 'message ') + ' '.join(json.dumps(p.decode('latin-1')) for p in parts)


stream.main(frames, text)
