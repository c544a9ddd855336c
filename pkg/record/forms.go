package record

import "strings"

func isHex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789abcdef") == ""
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// isUUID says whether s has the form of a UUID, in lower case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !isHex(s[i:i+1]) {
			return false
		}
	}
	return true
}

// isOID says whether s has the digits of eight bytes.
func isOID(s string) bool { return len(s) == 16 && isHex(s) }

// isTID says whether s has the digits of a tid that is a time from 1970 to
// 2140 or so: its first four bytes count minutes since 1900, of months of 31
// days.
func isTID(s string) bool {
	return isOID(s) && s[0] == '0' && s[1] >= '2' && s[1] <= '7'
}

// isLname says whether s is a name that the daemon of msgq gives: two
// hexadecimal numbers and the host.
func isLname(s string) bool {
	at := strings.IndexByte(s, '@')
	if at < 0 {
		return false
	}
	a, b, ok := strings.Cut(s[:at], "_")
	return ok && isHex(a) && isHex(b)
}
