package dump

import "github.com/wirectl/wirectl/pkg/codec"

// A remark is damage or a finding, to be told below the bytes it is about.
type remark struct {
	span             codec.Span // in the stream; empty when it is about all
	code, path, text string
	told             bool
}

// in says whether m begins between two offsets.
func (m *remark) in(start, end int64) bool {
	return m.span.Len() > 0 && start <= m.span.Start && m.span.Start < end
}

// remark collects what there is to say about r.
func (h *Hex) remark(r *codec.Record) {
	h.remarks = h.remarks[:0]
	if e := r.Err; e != nil {
		h.remarks = append(h.remarks, remark{
			span: codec.Span{Start: e.Offset, End: e.Offset + 1},
			code: e.Code, path: e.Path, text: reason(e),
		})
		return
	}
	if r.Frame == nil {
		return
	}
	h.findings = r.Frame.AppendFindings(h.findings[:0])
	for i := range h.findings {
		f := &h.findings[i]
		m := remark{code: f.Code, text: f.Message}
		if f.Span.Len() > 0 {
			m.span = codec.Span{Start: r.Span.Start + f.Span.Start, End: r.Span.Start + f.Span.End}
		}
		h.remarks = append(h.remarks, m)
	}
}

// touched says whether a remark is about bytes between two offsets.
func (h *Hex) touched(start, end int64) bool {
	for i := range h.remarks {
		if s := h.remarks[i].span; s.Start < end && start < s.End {
			return true
		}
	}
	return false
}

// tell appends m, unless that was done before.
func (h *Hex) tell(dst []byte, m *remark) []byte {
	if m.told {
		return dst
	}
	m.told = true
	offset := int64(-1)
	if m.span.Len() > 0 {
		offset = m.span.Start
	}
	return h.rows.message(dst, offset, m.code, m.path, m.text)
}
