import type { Request } from '@hapi/hapi';
import type { Again } from '../model.ts';
import { whoOf } from '../own.ts';
import { provePasskey } from '../passkeys/prove.ts';
import { provePassword } from '../tries.ts';

/** Who is signed in shows once more that it is they. @throws refusals passkey_wrong, password_wrong, sign_in_locked, sign_in_busy */
export const proveAgain = async (request: Request, { password, passkey }: Again): Promise<void> => {
  if (passkey) await provePasskey(request, passkey, whoOf(request).id, 'passkey_wrong');
  else await provePassword(request, password!);
};

/** Before a handler whose payload holds the proof itself: here the sign-in of a minute ago is not enough. */
export const withProof = {
  method: async (request: Request) => {
    await proveAgain(request, request.payload as Again);
    return null;
  },
};
