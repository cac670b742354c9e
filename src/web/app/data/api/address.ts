/** Where the node's API is: on the host that served the page. */
export const API = '/graphql';
/** The address of the API for WebSockets: not every browser takes a relative one. */
export const liveApi = () => new URL(API, location.origin).href.replace(/^http/, 'ws');
