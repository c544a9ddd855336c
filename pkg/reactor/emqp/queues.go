package emqp

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// python is what Python's json module takes.
var python = jsonv.Options{Allow: jsonv.Python}

// maxQueues bounds the queues of one worker.
const maxQueues = 1000

// parseQueues reads the queues in INFORM: a JSON list of [priority, name]. A
// name alone, which the program takes for something else, has the weight 10.
func parseQueues(text []byte) ([]Queue, error) {
	if err := jsonv.CheckWhole(text, python); err != nil {
		return nil, fmt.Errorf("queues: %w", err)
	}
	if jsonv.KindOf(text) != jsonv.Array {
		return nil, fmt.Errorf("queues: a list of [priority, name] expected, not %.40s", text)
	}
	queues := []Queue{}
	for _, one := range jsonv.Elements(text) {
		q := Queue{Weight: "10"}
		name := one
		if jsonv.KindOf(one) == jsonv.Array {
			weight, _ := jsonv.Index(one, 0)
			name, _ = jsonv.Index(one, 1)
			if jsonv.KindOf(weight) != jsonv.Number {
				return nil, fmt.Errorf("queues: a priority expected, not %.40s", weight)
			}
			b, _ := jsonv.AppendPython(nil, weight)
			q.Weight = string(b)
		}
		var ok bool
		if q.Name, ok = jsonv.StringValue(name); !ok {
			return nil, fmt.Errorf("queues: a name expected, not %.40s", name)
		}
		if len(queues) == maxQueues {
			return nil, fmt.Errorf("queues: more than %d", maxQueues)
		}
		queues = append(queues, q)
	}
	return queues, nil
}

// weight returns the weight as a number. One that is none counts as 0.
func (q Queue) weight() float64 {
	w, err := strconv.ParseFloat(q.Weight, 64)
	if err != nil || w != w {
		return 0
	}
	return w
}

// byWeight sorts queues, the greatest weight first, others as they came.
func byWeight(queues []Queue) []Queue {
	queues = slices.Clone(queues)
	slices.SortStableFunc(queues, func(x, y Queue) int { return heavier(x.weight(), y.weight()) })
	return queues
}

// heavier compares weights, for an order with the greatest first.
func heavier(x, y float64) int { return cmp.Compare(y, x) }

// appendQueues writes queues as the program does.
func appendQueues(dst []byte, queues []Queue) []byte {
	dst = append(dst, '[')
	for i, q := range queues {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(append(append(dst, '['), q.Weight...), ", "...)
		dst = append(appendString(dst, q.Name), ']')
	}
	return append(dst, ']')
}
