"""BIND 10's messages: two lengths, and JSON that is loaded and dumped."""
import json
import struct

import stream

LENGTHS = struct.Struct('>IH')


def frames(r):
    while True:
        head = r.read(6)
        if not head:
            return
        total, header = LENGTHS.unpack(head)
        data = r.read(total - 2)
        yield data[:header], data[header:]


def text(message):
    header, body = message
    out = json.dumps(json.loads(header.decode('utf-8')))
    if body:
        out += ' ' + json.dumps(json.loads(body.decode('utf-8')))
    return out


stream.main(frames, text)
