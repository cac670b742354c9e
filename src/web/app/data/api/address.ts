/** Where the node's API is: on the host that served the page. */
export const API = new URL('/graphql', location.origin).href;
export const LIVE_API = API.replace(/^http/, 'ws');
