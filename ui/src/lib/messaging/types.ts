import type { Message, MessageItem, MessagePreference } from '../types.ts';

// Names for parts of what the server says.
export type Kind = NonNullable<MessageItem['kind']>;
export type Channel = NonNullable<MessageItem['channel']>;
export type MessageStatus = Message['status'];
export type Topic = MessagePreference['declined'][number];
export type Language = NonNullable<MessagePreference['language']>;
