/** What the two faces of a resource say differently: its errors, its ids, where a field is in a request. */
import {
  catalogue,
  duplicateResourceCreation,
  formatId,
  invalidRequest,
  invalidResourceParameter,
  PalestraError,
  permissionDenied,
  resourceNotFound,
} from '@palestra/core';
import type { Face } from '../plugin/resource.js';
import { codecs, numericId } from './codecs.js';
import type { FaceRules } from './plan.js';

export const faces: Readonly<Record<Face, FaceRules>> = {
  envelope: {
    reference: codecs.reference,
    created: 201,
    auditsCreates: false,
    showId: formatId,
    pointer: (field) => `/data/${field}`,
    notFound: ({ name }, id) => resourceNotFound(name, id.slice(0, 100)),
    hidden: ({ name }, id) => resourceNotFound(name, id.slice(0, 100)),
    unknownReference: ({ name }, field) => invalidResourceParameter(field, name, `/data/${field}`),
    stillReferred: ({ name }, id, cause) =>
      new PalestraError(
        catalogue.conflict,
        `${name} ${formatId(id)} cannot be deleted while others refer to it. Delete those first.`,
        { cause },
      ),
    duplicate({ name }, { fields }, item) {
      const field = fields.at(-1) ?? '';
      return duplicateResourceCreation(String(item[field]), name, `/data/${field}`);
    },
  },
  rest: {
    reference: numericId,
    created: 200,
    auditsCreates: true,
    showId: String,
    pointer: (field) => `/${field}`,
    notFound: ({ name }) => new PalestraError(catalogue.resourceNotFound, `${name} not found`),
    hidden: () => permissionDenied(),
    unknownReference: ({ name, fields }, field) =>
      invalidRequest(`${fields[field]?.reference?.name ?? name} not found`, `/${field}`),
    stillReferred: ({ name }, _, cause) => new PalestraError(catalogue.conflict, `${name} is in use`, { cause }),
    duplicate: (_, { message, fields }) => invalidRequest(message, `/${fields.at(-1) ?? ''}`),
  },
};
