"""Synapse's lines: split at line feeds and blanks, the JSON of rows loaded
and dumped again as a command that is sent on."""
import json

import stream

encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(',', ':'))


def frames(r):
    return r.lines()


def text(line):
    name, _, rest = line.decode('utf-8').rstrip('\n').partition(' ')
    if name == 'RDATA':
        name_, instance, token, row = rest.split(' ', 3)
        rest = ' '.join((name_, instance, token if token == 'batch' else str(int(token)), encoder.encode(json.loads(row))))
    elif name == 'POSITION':
        name_, instance, before, after = rest.split(' ', 3)
        rest = ' '.join((name_, instance, str(int(before)), str(int(after))))
    return name + ' ' + rest


stream.main(frames, text)
