package stats

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Values are counted in a histogram of two digits: what comes out of it is
// within a hundredth of the truth. The least, the most and the sum are exact.
const (
	digits   = 2
	maxValue = int64(1) << 47 // 39 hours of ns
)

// A Latency is a set of values, such as the times that answers took in ns. Its
// zero value is empty.
type Latency struct {
	hist     *hdrhistogram.Histogram
	count    int64
	min, max int64
	sum      float64
}

func (l *Latency) record(v int64) {
	v = max(v, 0)
	if l.hist == nil {
		l.hist = hdrhistogram.New(1, maxValue, digits)
		l.min = math.MaxInt64
	}
	l.count++
	l.sum += float64(v)
	l.min, l.max = min(l.min, v), max(l.max, v)
	_ = l.hist.RecordValue(min(v, maxValue)) // what is beyond counts as the most
}

// Count returns how many values there are.
func (l *Latency) Count() int64 { return l.count }

// Min and Max return the least and the most value, Mean the average; 0 when
// there is none.
func (l *Latency) Min() int64 {
	if l.count == 0 {
		return 0
	}
	return l.min
}

// Max returns the largest value.
func (l *Latency) Max() int64 { return l.max }

// Mean returns the average.
func (l *Latency) Mean() int64 {
	if l.count == 0 {
		return 0
	}
	return int64(l.sum / float64(l.count))
}

// Quantile returns the value that q percent are not above.
func (l *Latency) Quantile(q float64) int64 {
	if l.count == 0 {
		return 0
	}
	return min(max(l.hist.ValueAtPercentile(q), l.min), l.max)
}
