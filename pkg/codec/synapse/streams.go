package synapse

import "sync"

// A shape is one form of a stream's rows: the columns of a JSON array, in
// order.
type shape struct {
	in      set
	columns []string
	keys    []columnKey // of a row by the names of its columns, after columnsNamed
}

// A columnKey is what stands in JSON before the value of a column, with a bracket or
// comma, and the colon.
type columnKey struct {
	text [columnSize]byte
	n    int
}

// columnSize is the most that stands before a column.
const columnSize = 32

var columnsNamed sync.Once

// nameColumns makes the keys of all shapes.
func nameColumns() {
	for i := range streams {
		nameShapes(streams[i].shapes)
		for _, k := range streams[i].kinds {
			nameShapes(k.shapes)
		}
	}
}

func nameShapes(shapes []shape) {
	for i := range shapes {
		s := &shapes[i]
		s.keys = make([]columnKey, len(s.columns))
		sep := "{"
		for j, name := range s.columns {
			s.keys[j].n = copy(s.keys[j].text[:], sep+`"`+name+`":`)
			sep = ","
		}
	}
}

// A stream is a stream of rows.
type stream struct {
	name   string
	in     set // the dialects that have it
	shapes []shape
	kinds  []rowKind // for rows of the form [kind, [columns]]
	about  string
}

// A rowKind is one kind of row of a stream that has several: the row is
// [name, [columns]].
type rowKind struct {
	name   string
	shapes []shape
}

// streams are all streams of all versions. Sources: streams.py, later
// streams/_base.py, events.py and federation.py, of each dialect's release.
var streams = [...]stream{
	{
		name: "events", in: every, about: "events that were persisted, and changes of the current state",
		shapes: []shape{{in: until(v022), columns: []string{"event_id", "room_id", "type", "state_key", "redacts"}}},
		kinds: []rowKind{
			{"ev", []shape{
				{in: v100 | v112 | v113 | v118 | v122, columns: []string{"event_id", "room_id", "type", "state_key", "redacts", "relates_to"}},
				{in: v166 | v198, columns: []string{"event_id", "room_id", "type", "state_key", "redacts", "relates_to", "membership", "rejected", "outlier"}},
				{in: v122 | v166, columns: []string{"event_id", "room_id", "type", "state_key", "redacts", "relates_to", "membership", "rejected"}},
				{in: v100, columns: []string{"event_id", "room_id", "type", "state_key", "redacts"}},
			}},
			{"state", []shape{{in: since(v100), columns: []string{"room_id", "type", "state_key", "event_id"}}}},
			{"state-all", []shape{{in: v198, columns: []string{"room_id"}}}},
		},
	},
	{
		name: "backfill", in: every, about: "events fetched from other servers for the past",
		shapes: []shape{
			{in: until(v022), columns: []string{"event_id", "room_id", "type", "state_key", "redacts"}},
			{in: since(v100), columns: []string{"event_id", "room_id", "type", "state_key", "redacts", "relates_to"}},
		},
	},
	{
		name: "presence", in: every, about: "who is online",
		shapes: []shape{{in: every, columns: []string{"user_id", "state", "last_active_ts", "last_federation_update_ts", "last_user_sync_ts", "status_msg", "currently_active"}}},
	},
	{
		name: "presence_federation", in: v166 | v198, about: "presence to be sent to other servers, from v1.33",
		shapes: []shape{{in: v166 | v198, columns: []string{"destination", "user_id"}}},
	},
	{
		name: "typing", in: every, about: "who types in a room: the full list each time",
		shapes: []shape{{in: every, columns: []string{"room_id", "user_ids"}}},
	},
	{
		name: "receipts", in: every, about: "read receipts",
		shapes: []shape{
			{in: every &^ v198, columns: []string{"room_id", "receipt_type", "user_id", "event_id", "data"}},
			{in: v198, columns: []string{"room_id", "receipt_type", "user_id", "event_id", "thread_id", "data"}},
		},
	},
	{
		name: "push_rules", in: every, about: "users whose push rules changed",
		shapes: []shape{{in: every, columns: []string{"user_id"}}},
	},
	{
		name: "pushers", in: every, about: "pushers added and deleted",
		shapes: []shape{{in: every, columns: []string{"user_id", "app_id", "pushkey", "deleted"}}},
	},
	{
		name: "caches", in: every, about: "cache entries to drop; keys null means all of that cache",
		shapes: []shape{{in: every, columns: []string{"cache_func", "keys", "invalidation_ts"}}},
	},
	{
		name: "public_rooms", in: every &^ v198, about: "changes of the room directory, up to v1.40",
		shapes: []shape{{in: every &^ v198, columns: []string{"room_id", "visibility", "appservice_id", "network_id"}}},
	},
	{
		name: "device_lists", in: every, about: "users whose devices changed, and servers to tell",
		shapes: []shape{
			{in: until(v112), columns: []string{"user_id", "destination"}},
			{in: since(v113) &^ v198, columns: []string{"entity"}},
			{in: v198, columns: []string{"entity", "is_signature"}},
		},
	},
	{
		name: "to_device", in: every, about: "users and servers with new messages to devices",
		shapes: []shape{{in: every, columns: []string{"entity"}}},
	},
	{
		name: "federation", in: every, about: "what a federation sender is to send: p, pd presence, k keyed EDU, e EDU, f failure, d device messages",
		shapes: []shape{{in: every, columns: []string{"type", "data"}}},
	},
	{
		name: "tag_account_data", in: every &^ v198, about: "tags of rooms, up to v1.75",
		shapes: []shape{{in: every &^ v198, columns: []string{"user_id", "room_id", "data"}}},
	},
	{
		name: "account_data", in: every, about: "account data; room_id null means global",
		shapes: []shape{
			{in: until(v100), columns: []string{"user_id", "room_id", "data_type", "data"}},
			{in: since(v112), columns: []string{"user_id", "room_id", "data_type"}},
		},
	},
	{
		name: "groups", in: v100 | v112 | v113 | v118 | v122 | v166, about: "communities, v0.24 to v1.60",
		shapes: []shape{{in: v100 | v112 | v113 | v118 | v122 | v166, columns: []string{"group_id", "user_id", "type", "content"}}},
	},
	{
		name: "current_state_deltas", in: v022 | v100, about: "changes of the current state, v0.22 to v0.99.3; later in events",
		shapes: []shape{{in: v022 | v100, columns: []string{"room_id", "type", "state_key", "event_id"}}},
	},
	{
		name: "user_signature", in: v112 | v113 | v118 | v122 | v166, about: "users with new cross-signing signatures, v1.6 to v1.75",
		shapes: []shape{{in: v112 | v113 | v118 | v122 | v166, columns: []string{"user_id"}}},
	},
	{
		name: "un_partial_stated_room", in: v198, about: "rooms whose full state has arrived",
		shapes: []shape{{in: v198, columns: []string{"room_id"}}},
	},
	{
		name: "un_partial_stated_event", in: v198, about: "events whose full state has arrived",
		shapes: []shape{{in: v198, columns: []string{"event_id", "rejection_status_changed"}}},
	},
}

// findStream returns the stream of that name, nil when no version has it.
func findStream(name []byte) *stream {
	for i := range streams {
		if s := &streams[i]; s.name == string(name) {
			return s
		}
	}
	return nil
}

// pick returns the shape with n columns, first of those that as has, then of
// any version; nil when there is none.
func pick(shapes []shape, n int, as set) *shape {
	var other *shape
	for i := range shapes {
		s := &shapes[i]
		if len(s.columns) != n {
			continue
		}
		if as == none || s.in&as != 0 {
			return s
		}
		if other == nil {
			other = s
		}
	}
	return other
}
