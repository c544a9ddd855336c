-- A dissector of Mercurial's frames for tshark, to compare with. It puts the
-- frames together over packets and shows header and payload.
local hg = Proto("hgx", "Mercurial frames")
local f_length = ProtoField.uint24("hgx.length", "Length")
local f_request = ProtoField.uint16("hgx.request", "Request")
local f_stream = ProtoField.uint8("hgx.stream", "Stream")
local f_sflags = ProtoField.uint8("hgx.stream_flags", "Stream flags", base.HEX)
local f_type = ProtoField.uint8("hgx.type", "Type", base.DEC, nil, 0xf0)
local f_flags = ProtoField.uint8("hgx.flags", "Flags", base.HEX, nil, 0x0f)
local f_payload = ProtoField.bytes("hgx.payload", "Payload")
hg.fields = { f_length, f_request, f_stream, f_sflags, f_type, f_flags, f_payload }

local HEADER = 8

local function length(buf, _, at)
  return HEADER + buf(at, 3):le_uint()
end

local function frame(buf, _, tree)
  local t = tree:add(hg, buf())
  t:add_le(f_length, buf(0, 3))
  t:add_le(f_request, buf(3, 2))
  t:add(f_stream, buf(5, 1))
  t:add(f_sflags, buf(6, 1))
  t:add(f_type, buf(7, 1))
  t:add(f_flags, buf(7, 1))
  if buf:len() > HEADER then
    t:add(f_payload, buf(HEADER))
  end
  return buf:len()
end

function hg.dissector(buf, pinfo, tree)
  dissect_tcp_pdus(buf, tree, HEADER, length, frame)
  return buf:len()
end

DissectorTable.get("tcp.port"):add(8000, hg)
