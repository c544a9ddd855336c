"""Mercurial's frames, read header by header with struct as Mercurial does,
and printed with its escapes of byte strings."""
import codecs
import struct

import stream

HEADER = struct.Struct('<HBBB')
TYPES = {1: 'command-name', 2: 'command-argument', 3: 'command-data', 4: 'bytes-response',
         5: 'error-response', 6: 'text-output', 8: 'stream-settings'}
STREAM_FLAGS = {1: 'stream-begin', 2: 'stream-end', 4: 'encoded'}
FLAGS = {1: {1: 'eos', 2: 'have-args', 4: 'have-data'}, 2: {1: 'continuation', 2: 'eoa'},
         3: {1: 'continuation', 2: 'eos'}, 4: {1: 'continuation', 2: 'eos'},
         5: {1: 'protocol', 2: 'application'}, 6: {}, 8: {}}


def frames(r):
    while True:
        head = r.read(8)
        if not head:
            return
        length = head[0] + 256 * head[1] + 65536 * head[2]
        request, sid, sflags, typeflags = HEADER.unpack_from(head, 3)
        yield request, sid, sflags, typeflags >> 4, typeflags & 15, r.read(length)


def names(bits, table):
    if not bits:
        return '0'
    return '|'.join(name for bit, name in table.items() if bits & bit)


def text(f):
    request, sid, sflags, kind, flags, payload = f
    return '%d %d %s %s %s %s' % (request, sid, names(sflags, STREAM_FLAGS), TYPES[kind], names(flags, FLAGS[kind]),
                                  codecs.escape_encode(payload)[0].decode('ascii'))


stream.main(frames, text)
