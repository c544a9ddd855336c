//go:build !amd64

package vector

// There are vector instructions for amd64 only: nothing is done here.

func Span([]byte) (least, most byte, del bool, n int) { return 0xff, 0, false, 0 }

func Escape(dst, b []byte, quote bool) (wrote, n int) { return 0, 0 }

func Hex(dst, b []byte) (n int) { return 0 }

func Columns(hex, text, b []byte) (n int) { return 0 }

func Plain(b []byte) (count, n int) { return 0, 0 }

func Pair(b []byte, c byte) (at, n int) { return -1, 0 }

func UTF8([]byte) int { return 0 }

func String([]byte, bool) int { return 0 }

func Spelled([]byte, bool) int { return 0 }

func Body(dst, b []byte) (wrote, n int, ascii bool) { return 0, 0, true }

func EscapeJSON(dst, b []byte, quote bool) (wrote, n int) { return 0, 0 }

func Unescape(dst, src []byte, quoted bool) (took, made int) { return 0, 0 }

func Unhex(dst, src []byte) (took int) { return 0 }
