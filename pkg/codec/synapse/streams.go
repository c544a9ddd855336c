package synapse

// A shape is one form of a stream's rows: the columns of a JSON array, in
// order.
type shape struct {
	in      set
	columns []string
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

func row(in set, columns ...string) shape { return shape{in, columns} }

// streams are all streams of all versions. Sources: streams.py, later
// streams/_base.py, events.py and federation.py, of each dialect's release.
var streams = [...]stream{
	{
		name: "events", in: every, about: "events that were persisted, and changes of the current state",
		shapes: []shape{row(until(v022), "event_id", "room_id", "type", "state_key", "redacts")},
		kinds: []rowKind{
			{"ev", []shape{
				row(v100|v112|v113|v118|v122, "event_id", "room_id", "type", "state_key", "redacts", "relates_to"),
				row(v166|v198, "event_id", "room_id", "type", "state_key", "redacts", "relates_to", "membership", "rejected", "outlier"),
				row(v122|v166, "event_id", "room_id", "type", "state_key", "redacts", "relates_to", "membership", "rejected"),
				row(v100, "event_id", "room_id", "type", "state_key", "redacts"),
			}},
			{"state", []shape{row(since(v100), "room_id", "type", "state_key", "event_id")}},
			{"state-all", []shape{row(v198, "room_id")}},
		},
	},
	{
		name: "backfill", in: every, about: "events fetched from other servers for the past",
		shapes: []shape{
			row(until(v022), "event_id", "room_id", "type", "state_key", "redacts"),
			row(since(v100), "event_id", "room_id", "type", "state_key", "redacts", "relates_to"),
		},
	},
	{
		name: "presence", in: every, about: "who is online",
		shapes: []shape{row(every, "user_id", "state", "last_active_ts", "last_federation_update_ts", "last_user_sync_ts", "status_msg", "currently_active")},
	},
	{
		name: "presence_federation", in: v166 | v198, about: "presence to be sent to other servers, from v1.33",
		shapes: []shape{row(v166|v198, "destination", "user_id")},
	},
	{
		name: "typing", in: every, about: "who types in a room: the full list each time",
		shapes: []shape{row(every, "room_id", "user_ids")},
	},
	{
		name: "receipts", in: every, about: "read receipts",
		shapes: []shape{
			row(every&^v198, "room_id", "receipt_type", "user_id", "event_id", "data"),
			row(v198, "room_id", "receipt_type", "user_id", "event_id", "thread_id", "data"),
		},
	},
	{
		name: "push_rules", in: every, about: "users whose push rules changed",
		shapes: []shape{row(every, "user_id")},
	},
	{
		name: "pushers", in: every, about: "pushers added and deleted",
		shapes: []shape{row(every, "user_id", "app_id", "pushkey", "deleted")},
	},
	{
		name: "caches", in: every, about: "cache entries to drop; keys null means all of that cache",
		shapes: []shape{row(every, "cache_func", "keys", "invalidation_ts")},
	},
	{
		name: "public_rooms", in: every &^ v198, about: "changes of the room directory, up to v1.40",
		shapes: []shape{row(every&^v198, "room_id", "visibility", "appservice_id", "network_id")},
	},
	{
		name: "device_lists", in: every, about: "users whose devices changed, and servers to tell",
		shapes: []shape{
			row(until(v112), "user_id", "destination"),
			row(since(v113)&^v198, "entity"),
			row(v198, "entity", "is_signature"),
		},
	},
	{
		name: "to_device", in: every, about: "users and servers with new messages to devices",
		shapes: []shape{row(every, "entity")},
	},
	{
		name: "federation", in: every, about: "what a federation sender is to send: p, pd presence, k keyed EDU, e EDU, f failure, d device messages",
		shapes: []shape{row(every, "type", "data")},
	},
	{
		name: "tag_account_data", in: every &^ v198, about: "tags of rooms, up to v1.75",
		shapes: []shape{row(every&^v198, "user_id", "room_id", "data")},
	},
	{
		name: "account_data", in: every, about: "account data; room_id null means global",
		shapes: []shape{
			row(until(v100), "user_id", "room_id", "data_type", "data"),
			row(since(v112), "user_id", "room_id", "data_type"),
		},
	},
	{
		name: "groups", in: v100 | v112 | v113 | v118 | v122 | v166, about: "communities, v0.24 to v1.60",
		shapes: []shape{row(v100|v112|v113|v118|v122|v166, "group_id", "user_id", "type", "content")},
	},
	{
		name: "current_state_deltas", in: v022 | v100, about: "changes of the current state, v0.22 to v0.99.3; later in events",
		shapes: []shape{row(v022|v100, "room_id", "type", "state_key", "event_id")},
	},
	{
		name: "user_signature", in: v112 | v113 | v118 | v122 | v166, about: "users with new cross-signing signatures, v1.6 to v1.75",
		shapes: []shape{row(v112|v113|v118|v122|v166, "user_id")},
	},
	{
		name: "un_partial_stated_room", in: v198, about: "rooms whose full state has arrived",
		shapes: []shape{row(v198, "room_id")},
	},
	{
		name: "un_partial_stated_event", in: v198, about: "events whose full state has arrived",
		shapes: []shape{row(v198, "event_id", "rejection_status_changed")},
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
