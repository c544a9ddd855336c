package zeo

import (
	"slices"

	"github.com/wirectl/wirectl/pkg/reactor/zeo/storage"
)

// A blob is one that a client sends in chunks.
type blob struct{ data []byte }

func (b *blob) clone() *blob {
	if b == nil {
		return nil
	}
	return &blob{slices.Clip(b.data)}
}

// maxChunk is how much of a blob a chunk holds.
const maxChunk = 59000

func (c *session) storeBlobStart(*args) (any, error) {
	if c.blob != nil {
		return nil, builtin("AssertionError", "a blob is being sent")
	}
	c.blob = &blob{data: []byte{}}
	return nil, nil
}

func (c *session) storeBlobChunk(a *args) (any, error) {
	b, ok := strOf(a.t, a.list[0])
	switch {
	case c.blob == nil:
		return nil, builtin("AttributeError", "'NoneType' object has no attribute 'write'")
	case !ok:
		return nil, typeError("a chunk is no bytes")
	case int64(len(c.blob.data)+len(b)) > c.s.o.MaxTransaction:
		c.offend("a blob of over %d bytes", c.s.o.MaxTransaction)
		return nil, errLater
	}
	c.blob.data = append(c.blob.data, b...)
	return nil, nil
}

func (c *session) storeBlobEnd(a *args) (any, error) {
	if c.blob == nil {
		return nil, builtin("AttributeError", "'NoneType' object has no attribute 'close'")
	}
	oid, serial, err := a.both(0)
	if err != nil {
		return nil, err
	}
	data, err := a.bytes(2)
	if err != nil {
		return nil, err
	}
	content := c.blob.data
	c.blob = nil
	return nil, c.spool(a, 3, op{kind: opStore, oid: oid, serial: serial, data: data, blob: content})
}

// storeBlobShared is for a directory that both have, which there is none of.
func (c *session) storeBlobShared(*args) (any, error) {
	return nil, &pyError{module: posError, class: "Unsupported", args: tuple{"there is no shared blob directory"}}
}

// sendBlob pushes a blob in chunks, then answers.
func (c *session) sendBlob(a *args) (any, error) {
	oid, serial, err := a.both(0)
	if err != nil {
		return nil, err
	}
	r, err := c.s.store.LoadSerial(oid, serial)
	if err != nil || r.Blob == nil {
		return nil, &pyError{module: posError, class: "POSKeyError", args: tuple{"No blob file", oid[:], serial[:]}}
	}
	c.pushBlob(oid, serial, r.Blob)
	return nil, nil
}

func (c *session) pushBlob(oid storage.OID, serial storage.TID, data []byte) {
	c.push("receiveBlobStart", oid[:], serial[:])
	for chunk := range slices.Chunk(data, maxChunk) {
		c.push("receiveBlobChunk", oid[:], serial[:], chunk)
	}
	c.push("receiveBlobStop", oid[:], serial[:])
}
