declare global {
  namespace App {
    interface Error {
      /** Of the server's answer; 0 when there was none. */
      status: number;
      code?: string;
      message: string;
      /** What is missing, when it was refused for want of a permission. */
      permission?: string | undefined;
      /** What the user may quote when asking for help. */
      requestId?: string | undefined;
    }
    interface PageData {
      /** `patient`: the page has a patient's banner, so the menu shows icons only. */
      screen?: 'patient';
    }
  }
}

export {};
