import { type ContextTable, OR_NULL, pointer } from './access.js';
import { accessField, type FieldRules, fieldTable } from './fields.js';

/** `struct __sk_buff`; which widths are allowed is in bpf_skb_is_valid_access (net/core/filter.c). */
const SK_BUFF = fieldTable(`
  len 4 narrow
  pkt_type 4 narrow
  mark 4 narrow
  queue_mapping 4 narrow
  protocol 4 narrow
  vlan_present 4 narrow
  vlan_tci 4 narrow
  vlan_proto 4 narrow
  priority 4 narrow
  ingress_ifindex 4 narrow
  ifindex 4 narrow
  tc_index 4 narrow
  cb 20 any
  hash 4 narrow
  tc_classid 4 narrow
  data 4 4
  data_end 4 4
  napi_id 4 narrow
  family 4 narrow
  remote_ip4 4 4
  local_ip4 4 4
  remote_ip6 16 4
  local_ip6 16 4
  remote_port 4 narrow
  local_port 4 narrow
  data_meta 4 4
  flow_keys 8 8
  tstamp 8 8
  wire_len 4 narrow
  gso_segs 4 narrow
  sk 8 8
  gso_size 4 narrow
  tstamp_type 1 1
  - 3 1
  hwtstamp 8 8
`);

/** `struct xdp_md` (xdp_is_valid_access, net/core/filter.c). */
const XDP = fieldTable(`
  data 4 4
  data_end 4 4
  data_meta 4 4
  ingress_ifindex 4 4
  rx_queue_index 4 4
  egress_ifindex 4 4
`);

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));
const PACKET = {
  data: pointer('packet'),
  data_meta: pointer('packet_meta'),
  data_end: pointer('packet_end'),
};
const SOCKET_NAMES = 'family remote_ip4 local_ip4 remote_ip6 local_ip6 remote_port local_port';
const SK = { sk: pointer('sock_common', OR_NULL) };

/** tc_cls_act_is_valid_access. */
const TC: FieldRules = {
  hidden: set(`flow_keys ${SOCKET_NAMES}`),
  writable: set('mark tc_index priority tc_classid cb tstamp queue_mapping'),
  pointers: { ...PACKET, ...SK },
};
/** sk_filter_is_valid_access. */
const SOCKET: FieldRules = {
  hidden: set(
    `tc_classid data data_meta data_end ${SOCKET_NAMES} tstamp tstamp_type wire_len hwtstamp flow_keys`,
  ),
  writable: set('cb'),
  pointers: SK,
};
const XDP_RULES: FieldRules = { hidden: set('egress_ifindex'), writable: new Set(), pointers: PACKET };

export const skbTc: ContextTable = (_request, access) => accessField(SK_BUFF, TC, access);
export const skbSocket: ContextTable = (_request, access) => accessField(SK_BUFF, SOCKET, access);
export const xdp: ContextTable = (_request, access) => accessField(XDP, XDP_RULES, access);
