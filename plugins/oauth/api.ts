export { holds, type Letter, type Level, type ResourceScope } from './scopes.ts';
export { readOAuthToken, type OAuthCaller } from './token.ts';
