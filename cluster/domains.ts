/** What is reached from the internet, through Cloudflare. */
export const PUBLIC_DOMAIN = 'daviestechlabs.io';
/** What is reached at home. */
export const LAB_DOMAIN = 'lab.daviestechlabs.io';

/** The part of the home network that Cilium gives to Services; the router's DHCP leaves it alone. */
export const LOAD_BALANCER_ADDRESSES = { start: '192.168.20.200', stop: '192.168.20.239' };
export const PUBLIC_GATEWAY_ADDRESS = '192.168.20.201';
export const INTERNAL_GATEWAY_ADDRESS = '192.168.20.202';
export const DNS_ADDRESS = '192.168.20.203';

export const POD_CIDR = '10.42.0.0/16';

/** Images of our own: pushed to Gitea by the internal name, as Cloudflare refuses requests of more than 100 MB. */
export const REGISTRY = `registry.${LAB_DOMAIN}`;
export const GITEA = `https://git.${PUBLIC_DOMAIN}`;
