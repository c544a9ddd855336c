package capture

import (
	"encoding/binary"
	"fmt"
	"os"
	"syscall"
	"time"
)

// A packetSocket gives the packets that pass an interface, in both directions,
// from their Ethernet headers on: see packet(7).
type packetSocket struct {
	file *os.File // so that a read ends when it is closed
	conn syscall.RawConn
	buf  []byte
	oob  []byte
}

// maxPacket is the longest packet that a packet socket gives: offloading merges
// several of the wire's.
const maxPacket = 256 << 10

// openPacketSocket opens a packet socket on the interface with an index.
func openPacketSocket(index int) (*packetSocket, error) {
	all := binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, syscall.ETH_P_ALL))
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, int(all))
	if err != nil {
		return nil, fmt.Errorf("no packet socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), "packets")
	if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: all, Ifindex: index}); err != nil {
		file.Close()
		return nil, fmt.Errorf("the interface takes no packet socket: %w", err)
	}
	_ = syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS, 1) // else the time of reading is taken
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &packetSocket{file: file, conn: conn, buf: make([]byte, maxPacket), oob: make([]byte, 128)}, nil
}

// read waits for the next packet. data is good until the next call; length is
// how long the packet was, which may be more.
func (s *packetSocket) read() (data []byte, length int, at time.Time, err error) {
	var oobn int
	var failed error
	err = s.conn.Read(func(fd uintptr) bool {
		length, oobn, _, _, failed = syscall.Recvmsg(int(fd), s.buf, s.oob, syscall.MSG_TRUNC)
		return failed != syscall.EAGAIN
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, 0, time.Time{}, err
	}
	return s.buf[:min(length, len(s.buf))], length, stamp(s.oob[:oobn]), nil
}

// stamp returns the time that the kernel gave a packet: seconds and nanoseconds
// of the machine's word size.
func stamp(oob []byte) time.Time {
	msgs, _ := syscall.ParseSocketControlMessage(oob)
	for _, m := range msgs {
		if m.Header.Level != syscall.SOL_SOCKET || m.Header.Type != syscall.SO_TIMESTAMPNS {
			continue
		}
		switch native := binary.NativeEndian; len(m.Data) {
		case 16:
			return time.Unix(int64(native.Uint64(m.Data)), int64(native.Uint64(m.Data[8:])))
		case 8:
			return time.Unix(int64(int32(native.Uint32(m.Data))), int64(native.Uint32(m.Data[4:])))
		}
	}
	return time.Now()
}

func (s *packetSocket) close() { _ = s.file.Close() } // it was only read from
