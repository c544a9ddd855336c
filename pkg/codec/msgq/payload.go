package msgq

import (
	"errors"
	"fmt"

	jsonv "github.com/wirectl/wirectl/pkg/codec/value/json"
)

// ParseCommand takes apart {"command": [name]} or {"command": [name, arg]} as
// parse_command of isc/config/ccsession.py does: there must be no other key,
// and elements after the second are ignored. arg is raw JSON, nil when it is
// absent.
func ParseCommand(body []byte) (name string, arg []byte, ok bool) {
	return parseNamed(body, "command")
}

// ParseNotification takes apart {"notification": [event]} or
// {"notification": [event, params]}.
func ParseNotification(body []byte) (event string, params []byte, ok bool) {
	return parseNamed(body, "notification")
}

func parseNamed(body []byte, key string) (name string, arg []byte, ok bool) {
	list, ok := namedList(body, key)
	if !ok {
		return "", nil, false
	}
	first, _ := jsonv.Index(list, 0)
	name, _ = jsonv.StringValue(first)
	arg, _ = jsonv.Index(list, 1)
	return name, arg, true
}

// namedList returns the list of a body that is an object with this one key, if
// it begins with a string.
func namedList(body []byte, key string) (list []byte, ok bool) {
	for k, value := range jsonv.Members(body) {
		if !jsonv.EqualText(k, key) {
			return nil, false
		}
		list = value
	}
	return list, isNamed(list)
}

// isNamed says whether list begins with a string.
func isNamed(list []byte) bool {
	first, _ := jsonv.Index(list, 0)
	return jsonv.KindOf(first) == jsonv.String
}

// errNoAnswer says that a body has no result at all.
var errNoAnswer = errors.New(`an answer is an object with the key "result"`)

// ParseAnswer takes apart {"result": [rcode]} or {"result": [rcode, value]}
// as parse_answer of isc/config/ccsession.py does: rcode 0 is success, a
// negative one comes from the daemon; an error's value is a text, if it has
// one; elements after the second are ignored. value is raw JSON, nil when it
// is absent.
func ParseAnswer(body []byte) (rcode int64, value []byte, err error) {
	list, has := jsonv.Get(body, "result")
	if !has {
		return 0, nil, errNoAnswer
	}
	if rcode, err = rcodeOf(list); err != nil {
		return 0, nil, err
	}
	value, _ = jsonv.Index(list, 1)
	if err := checkValue(rcode, value); err != nil {
		return 0, nil, err
	}
	return rcode, value, nil
}

// checkAnswer says why ParseAnswer does not take the list of a result.
func checkAnswer(list []byte) error {
	rcode, err := rcodeOf(list)
	if err != nil || rcode == Success { // any value will do: it may be long
		return err
	}
	value, _ := jsonv.Index(list, 1)
	return checkValue(rcode, value)
}

// rcodeOf returns the first element of the list of a result.
func rcodeOf(list []byte) (int64, error) {
	if jsonv.KindOf(list) != jsonv.Array {
		return 0, fmt.Errorf("result: a list expected, not %s", jsonv.Show(list))
	}
	first, has := jsonv.Index(list, 0)
	if !has {
		return 0, errors.New("result: the list is empty")
	}
	rcode, ok := jsonv.IntValue(first)
	if !ok {
		return 0, fmt.Errorf("result[0]: an integer expected, not %s", jsonv.Show(first))
	}
	return rcode, nil
}

// checkValue says what is wrong with the value of a result, nil when there is
// none.
func checkValue(rcode int64, value []byte) error {
	if rcode != Success && value != nil && jsonv.KindOf(value) != jsonv.String {
		return fmt.Errorf("result[1]: an error has a text, not %s", jsonv.Show(value))
	}
	return nil
}

// meaning says in a few words what a body is, "" when it is nothing known.
func meaning(body []byte) string {
	if name, _, ok := ParseCommand(body); ok {
		return "command " + name
	}
	if rcode, value, err := ParseAnswer(body); err == nil {
		switch {
		case rcode == Success:
			return "answer: success"
		case rcode == NoRecipient:
			return "undeliverable: no such recipient"
		case rcode < 0:
			return fmt.Sprintf("error %d from the daemon", rcode)
		}
		text, _ := jsonv.StringValue(value)
		return fmt.Sprintf("answer: error %d %s", rcode, text)
	}
	if event, params, ok := ParseNotification(body); ok {
		return notificationMeaning(event, params)
	}
	if raw, ok := jsonv.Get(body, "lname"); ok {
		if name, ok := jsonv.StringValue(raw); ok {
			return "lname " + name
		}
	}
	return ""
}

// membershipWord begins what notificationMeaning tells of the daemon's own
// notifications.
const membershipWord = "membership: "

// notificationMeaning tells a change of membership in words.
func notificationMeaning(event string, params []byte) string {
	raw, _ := jsonv.Get(params, "client")
	client, _ := jsonv.StringValue(raw)
	raw, _ = jsonv.Get(params, "group")
	group, inGroup := jsonv.StringValue(raw)
	switch {
	case client == "":
	case event == "connected" || event == "disconnected":
		return membershipWord + client + " " + event
	case inGroup && event == "subscribed":
		return membershipWord + client + " subscribed to " + group
	case inGroup && event == "unsubscribed":
		return membershipWord + client + " unsubscribed from " + group
	}
	return "notification " + event
}
