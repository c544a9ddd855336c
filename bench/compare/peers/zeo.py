"""ZEO's messages: a length, and a pickle that is loaded with an Unpickler
that finds no globals, printed with repr."""
import io
import pickle
import struct

import stream

SIZE = struct.Struct('>I')


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        raise ImportError('%s.%s' % (module, name))


def frames(r):
    while True:
        head = r.read(4)
        if not head:
            return
        yield r.read(SIZE.unpack(head)[0])


def text(message):
    if message[:1] in b'ZM':
        return 'hello ' + message.decode('ascii')
    msgid, flag, name, args = Unpickler(io.BytesIO(message)).load()
    if name == '.reply':
        return 'reply %d %r' % (msgid, args)
    return '%s %d %s%r' % ('oneway' if flag else 'call', msgid, name, args)


stream.main(frames, text)
