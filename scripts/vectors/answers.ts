/** The vectors of bodies: envelopes of the resource API, and what a device does about each failure. */
import { problemTypePrefix } from '@palestra/core';

export function envelopeVectors(): object {
  return {
    requests: [
      {
        operation: 'create',
        data: { name: 'Iron Temple' },
        text: '{"operation":"create","data":{"name":"Iron Temple"}}',
      },
      { operation: 'query', data: {}, text: '{"operation":"query","data":{}}' },
      {
        operation: 'update',
        data: { _id: '000000000017', name: 'Ä🐎' },
        text: '{"operation":"update","data":{"_id":"000000000017","name":"Ä🐎"}}',
      },
    ],
    successes: [
      { text: '{"success":true,"data":{"_id":"000000000001"},"exceptionMessage":""}', data: { _id: '000000000001' } },
      { text: '{"success":true,"data":[],"exceptionMessage":""}', data: [] },
      { text: '{"success":true,"data":{},"exceptionMessage":""}', data: {} },
    ],
    failures: [
      {
        text: '{"success":false,"data":{},"exceptionMessage":"name is required for creating Gym","exceptionType":"InvalidResourceCreationError"}',
        exceptionMessage: 'name is required for creating Gym',
        exceptionType: 'InvalidResourceCreationError',
      },
      {
        text: '{"success":false,"data":{},"exceptionMessage":"Gym 000000000009 does not exist","exceptionType":"ResourceNotFoundError"}',
        exceptionMessage: 'Gym 000000000009 does not exist',
        exceptionType: 'ResourceNotFoundError',
      },
    ],
    others: ['null', '[]', '"STAMS not found"', '{"stams_token":"a.b.c"}', '{"error":"email is registered already"}'],
  };
}

const problem = (code: string, title: string, status: number, detail: string, exceptionType: string) => ({
  type: `${problemTypePrefix}${code}`,
  title,
  status,
  detail,
  instance: 'urn:palestra:request:4f0c2b8e-1111-4222-8333-944445555666',
  exceptionType,
  requestId: '4f0c2b8e-1111-4222-8333-944445555666',
  errors: [],
});

/** `device`: what docs/firmware.md has a STAMS do. */
export function errorVectors(): object {
  const denied = "You don't have the permission for the request";
  const rows: readonly (readonly [
    status: number,
    body: unknown,
    message: string | null,
    device: string,
    code?: string,
  ])[] = [
    [200, { stored: 25, duplicates: 0 }, null, 'done'],
    [304, undefined, null, 'same'],
    [400, 'provisioning_uid is required for the request', 'provisioning_uid is required for the request', 'refused'],
    [
      400,
      'results[1].result_uid is required for the request',
      'results[1].result_uid is required for the request',
      'refused',
    ],
    [401, 'A token must be passed.', 'A token must be passed.', 'unauthorized'],
    [401, 'The token is not valid.', 'The token is not valid.', 'unauthorized'],
    [403, denied, denied, 'unauthorized'],
    [404, 'STAMS not found', 'STAMS not found', 'later'],
    [413, 'The body has more than 262144 bytes.', 'The body has more than 262144 bytes.', 'refused'],
    [429, 'Too many requests.', 'Too many requests.', 'later'],
    [
      500,
      'The server failed. Its log has the reason under this request id.',
      'The server failed. Its log has the reason under this request id.',
      'later',
    ],
    [502, '<html>Bad Gateway</html>', '<html>Bad Gateway</html>', 'later'],
    [
      503,
      'The server cannot answer now. Send the same request again.',
      'The server cannot answer now. Send the same request again.',
      'later',
    ],
    [
      401,
      problem('token_invalid', 'The token is not valid', 401, 'The token is not valid.', 'InvalidTokenError'),
      'The token is not valid.',
      'unauthorized',
      'token_invalid',
    ],
    [
      403,
      problem('permission_denied', 'The permission is missing', 403, denied, 'PermissionDeniedError'),
      denied,
      'unauthorized',
      'permission_denied',
    ],
    [
      503,
      problem('unavailable', 'The server cannot answer now', 503, 'Too many sign-ins at once.', 'UnavailableError'),
      'Too many sign-ins at once.',
      'later',
      'unavailable',
    ],
  ];
  return {
    answers: rows.map(([status, body, message, device, code]) => ({
      status,
      text: body === undefined ? '' : status === 502 ? body : JSON.stringify(body),
      message,
      device,
      ...(code !== undefined && { code }),
    })),
  };
}
