package zmtp

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/curve25519"
)

// A Key is a key of Curve25519, public or secret.
type Key [32]byte

// digits85 are the digits of Z85 (rfc.zeromq.org/spec/32).
const digits85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

// String returns the key in Z85: 40 characters, 5 for each 4 bytes.
func (k Key) String() string {
	text := make([]byte, 0, 40)
	for b := k[:]; len(b) > 0; b = b[4:] {
		n := binary.BigEndian.Uint32(b)
		for by := uint32(85 * 85 * 85 * 85); by > 0; by /= 85 {
			text = append(text, digits85[n/by%85])
		}
	}
	return string(text)
}

// ParseKey reads a key in Z85 or in 64 hexadecimal digits.
func ParseKey(text string) (k Key, err error) {
	switch len(text) {
	case 64:
		_, err = hex.Decode(k[:], []byte(text))
		return k, err
	case 40:
		for i := range len(k) / 4 {
			n := uint64(0)
			for _, c := range []byte(text[5*i : 5*i+5]) {
				digit := strings.IndexByte(digits85, c)
				if digit < 0 {
					return k, fmt.Errorf("%q is no digit of Z85", c)
				}
				n = 85*n + uint64(digit)
			}
			if n > 1<<32-1 {
				return k, fmt.Errorf("%s is over 4 bytes in Z85", text[5*i:5*i+5])
			}
			binary.BigEndian.PutUint32(k[4*i:], uint32(n))
		}
		return k, nil
	}
	// The text is not told: it may be most of a secret.
	return k, errors.New("a key has 40 characters of Z85 or 64 hexadecimal digits")
}

// Public returns the public key of a secret one.
func (k Key) Public() Key {
	var public Key
	curve25519.ScalarBaseMult((*[32]byte)(&public), (*[32]byte)(&k))
	return public
}
