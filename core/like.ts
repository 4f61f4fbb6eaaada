/** Text that stands for itself within a pattern of `like`. */
export const likeText = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
