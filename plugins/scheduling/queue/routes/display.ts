import Joi from 'joi';
import { refuse } from '../../../../core/refuse.ts';
import { dbOf, route } from '../../../../core/routes.ts';
import { isDisplay, show } from '../displays.ts';
import { Shown } from '../model.ts';
import { openScreen } from '../screens.ts';

interface Secret {
  secret: string;
}
const secretParams = Joi.object({
  secret: Joi.string()
    .pattern(/^[\w-]{1,64}$/, 'the end of a link')
    .required(),
});

/** Whoever has the link sees tokens and rooms, as does everybody in the waiting room. */
const shown = route<{ Params: Secret }>({
  method: 'GET',
  path: '/api/queue/public-displays/{secret}',
  options: {
    auth: false,
    validate: { params: secretParams },
    app: {
      patientData: false,
      access: 'public',
      summary: 'The last calls of a public screen: token and room only',
      response: Shown,
    },
  },
  handler: (request) => show(dbOf(request), request.params.secret, request.server.app.hms.config.zone),
});

const news = route<{ Params: Secret }>({
  method: 'GET',
  path: '/api/queue/public-displays/{secret}/news',
  options: {
    auth: false,
    validate: { params: secretParams },
    app: {
      patientData: false,
      access: 'public',
      summary: 'Server-sent events for a public screen: says that something changed, never what',
      file: 'text/event-stream',
    },
  },
  handler: async (request, h) => {
    if (!(await isDisplay(dbOf(request), request.params.secret))) throw refuse('not_found');
    return h
      .response(openScreen(request.server.app.hms))
      .type('text/event-stream')
      .header('content-encoding', 'identity') // pressed together it would wait for more
      .header('x-accel-buffering', 'no');
  },
});

export const display = [shown, news];
