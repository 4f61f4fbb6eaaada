/** What the server refused last for want of a permission: its plain words, and the sentence that says who can give it. */
interface Refused {
  permission: string;
  title: string;
  detail: string;
}
let last = $state.raw<Refused>();

export const refused = {
  get last() {
    return last;
  },
  tell(next: Refused) {
    last = next;
  },
  forget() {
    last = undefined;
  },
};

/** The page that says why, and who could help. */
export const whyPath = (permission: string): string => `/why?permission=${encodeURIComponent(permission)}`;
