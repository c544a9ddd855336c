-- A dissector of msgq's messages for tshark, to compare with. It puts them
-- together over packets and shows header and body as strings.
local msgq = Proto("msgqx", "BIND 10 msgq")
local f_length = ProtoField.uint32("msgqx.length", "Length")
local f_hlength = ProtoField.uint16("msgqx.header_length", "Header length")
local f_type = ProtoField.string("msgqx.type", "Header")
local f_payload = ProtoField.string("msgqx.payload", "Body")
msgq.fields = { f_length, f_hlength, f_type, f_payload }

local HEAD = 6

local function length(buf, _, at)
  return 4 + buf(at, 4):uint()
end

local function message(buf, _, tree)
  local t = tree:add(msgq, buf())
  local n = buf(4, 2):uint()
  t:add(f_length, buf(0, 4))
  t:add(f_hlength, buf(4, 2))
  if n > 0 and HEAD + n <= buf:len() then
    t:add(f_type, buf(HEAD, n))
  end
  if buf:len() > HEAD + n then
    t:add(f_payload, buf(HEAD + n))
  end
  return buf:len()
end

function msgq.dissector(buf, pinfo, tree)
  dissect_tcp_pdus(buf, tree, HEAD, length, message)
  return buf:len()
end

DissectorTable.get("tcp.port"):add(9912, msgq)
