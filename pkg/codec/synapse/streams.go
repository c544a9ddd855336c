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

// streams are all streams of all versions. Sources: streams.py, later
// streams/_base.py, events.py and federation.py, of each dialect's release.
var streams = [...]stream{
	{
		name: "events", in: every, about: "events that were persisted, and changes of the current state",
		shapes: []shape{{until(v022), []string{"event_id", "room_id", "type", "state_key", "redacts"}}},
		kinds: []rowKind{
			{"ev", []shape{
				{v100 | v112 | v113 | v118 | v122, []string{"event_id", "room_id", "type", "state_key", "redacts", "relates_to"}},
				{v166 | v198, []string{"event_id", "room_id", "type", "state_key", "redacts", "relates_to", "membership", "rejected", "outlier"}},
				{v122 | v166, []string{"event_id", "room_id", "type", "state_key", "redacts", "relates_to", "membership", "rejected"}},
				{v100, []string{"event_id", "room_id", "type", "state_key", "redacts"}},
			}},
			{"state", []shape{{since(v100), []string{"room_id", "type", "state_key", "event_id"}}}},
			{"state-all", []shape{{v198, []string{"room_id"}}}},
		},
	},
	{
		name: "backfill", in: every, about: "events fetched from other servers for the past",
		shapes: []shape{
			{until(v022), []string{"event_id", "room_id", "type", "state_key", "redacts"}},
			{since(v100), []string{"event_id", "room_id", "type", "state_key", "redacts", "relates_to"}},
		},
	},
	{
		name: "presence", in: every, about: "who is online",
		shapes: []shape{{every, []string{"user_id", "state", "last_active_ts", "last_federation_update_ts", "last_user_sync_ts", "status_msg", "currently_active"}}},
	},
	{
		name: "presence_federation", in: v166 | v198, about: "presence to be sent to other servers, from v1.33",
		shapes: []shape{{v166 | v198, []string{"destination", "user_id"}}},
	},
	{
		name: "typing", in: every, about: "who types in a room: the full list each time",
		shapes: []shape{{every, []string{"room_id", "user_ids"}}},
	},
	{
		name: "receipts", in: every, about: "read receipts",
		shapes: []shape{
			{every &^ v198, []string{"room_id", "receipt_type", "user_id", "event_id", "data"}},
			{v198, []string{"room_id", "receipt_type", "user_id", "event_id", "thread_id", "data"}},
		},
	},
	{
		name: "push_rules", in: every, about: "users whose push rules changed",
		shapes: []shape{{every, []string{"user_id"}}},
	},
	{
		name: "pushers", in: every, about: "pushers added and deleted",
		shapes: []shape{{every, []string{"user_id", "app_id", "pushkey", "deleted"}}},
	},
	{
		name: "caches", in: every, about: "cache entries to drop; keys null means all of that cache",
		shapes: []shape{{every, []string{"cache_func", "keys", "invalidation_ts"}}},
	},
	{
		name: "public_rooms", in: every &^ v198, about: "changes of the room directory, up to v1.40",
		shapes: []shape{{every &^ v198, []string{"room_id", "visibility", "appservice_id", "network_id"}}},
	},
	{
		name: "device_lists", in: every, about: "users whose devices changed, and servers to tell",
		shapes: []shape{
			{until(v112), []string{"user_id", "destination"}},
			{since(v113) &^ v198, []string{"entity"}},
			{v198, []string{"entity", "is_signature"}},
		},
	},
	{
		name: "to_device", in: every, about: "users and servers with new messages to devices",
		shapes: []shape{{every, []string{"entity"}}},
	},
	{
		name: "federation", in: every, about: "what a federation sender is to send: p, pd presence, k keyed EDU, e EDU, f failure, d device messages",
		shapes: []shape{{every, []string{"type", "data"}}},
	},
	{
		name: "tag_account_data", in: every &^ v198, about: "tags of rooms, up to v1.75",
		shapes: []shape{{every &^ v198, []string{"user_id", "room_id", "data"}}},
	},
	{
		name: "account_data", in: every, about: "account data; room_id null means global",
		shapes: []shape{
			{until(v100), []string{"user_id", "room_id", "data_type", "data"}},
			{since(v112), []string{"user_id", "room_id", "data_type"}},
		},
	},
	{
		name: "groups", in: v100 | v112 | v113 | v118 | v122 | v166, about: "communities, v0.24 to v1.60",
		shapes: []shape{{v100 | v112 | v113 | v118 | v122 | v166, []string{"group_id", "user_id", "type", "content"}}},
	},
	{
		name: "current_state_deltas", in: v022 | v100, about: "changes of the current state, v0.22 to v0.99.3; later in events",
		shapes: []shape{{v022 | v100, []string{"room_id", "type", "state_key", "event_id"}}},
	},
	{
		name: "user_signature", in: v112 | v113 | v118 | v122 | v166, about: "users with new cross-signing signatures, v1.6 to v1.75",
		shapes: []shape{{v112 | v113 | v118 | v122 | v166, []string{"user_id"}}},
	},
	{
		name: "un_partial_stated_room", in: v198, about: "rooms whose full state has arrived",
		shapes: []shape{{v198, []string{"room_id"}}},
	},
	{
		name: "un_partial_stated_event", in: v198, about: "events whose full state has arrived",
		shapes: []shape{{v198, []string{"event_id", "rejection_status_changed"}}},
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
