package standin

import (
	"bytes"

	"github.com/wirectl/wirectl/pkg/codec"
	"github.com/wirectl/wirectl/pkg/codec/jsonenc"
	"github.com/wirectl/wirectl/pkg/humanframe/lex"
)

// raw is bytes that are sent and are no frame.
type raw struct{ b []byte }

func (r *raw) AppendBinary(dst []byte) ([]byte, error) { return append(dst, r.b...), nil }

func (*raw) Type() string { return "raw" }

func (r *raw) AppendText(dst []byte, _ codec.View) []byte {
	return lex.AppendQuoted(append(dst, "raw "...), r.b)
}

func (r *raw) AppendJSON(dst []byte, _ codec.View) []byte {
	return append(jsonenc.AppendBytes(append(dst, `{"bytes":`...), r.b), '}')
}

func (*raw) AppendFields(dst []codec.Field, _ int64, _ codec.View) []codec.Field { return dst }

func (*raw) AppendFindings(dst []codec.Finding) []codec.Finding { return dst }

func (r *raw) Clone() codec.Frame { return &raw{bytes.Clone(r.b)} }
