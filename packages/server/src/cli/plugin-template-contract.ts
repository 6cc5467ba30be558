/** The contract of a new plugin: the four operations of one resource. */
import type { PluginNames } from './plugin-template.js';

export function pluginContract({ plugin, resource, plural, snake }: PluginNames): string {
  return `tags:
  - name: ${plugin}
    description: ${plural}.
paths:
  /api/${snake}:
    post:
      operationId: operate${resource}
      summary: Create, query or update ${plural}
      tags: [${plugin}]
      x-privilege: { create: coach, query: player, update: coach }
      requestBody:
        required: true
        content:
          application/json:
            schema:
              oneOf:
                - { $ref: '#/components/schemas/${resource}Create' }
                - { $ref: '#/components/schemas/${resource}Query' }
                - { $ref: '#/components/schemas/${resource}Update' }
      responses:
        '200':
          description: What qualified, or the ${resource} after its update.
          content:
            application/json: { schema: { $ref: '#/components/schemas/${resource}Outcome' } }
        '201':
          description: The ${resource} with its \`_id\`.
          content:
            application/json: { schema: { $ref: '#/components/schemas/${resource}Envelope' } }
        '400': { $ref: '#/components/responses/BadRequest' }
${denied}        '404': { $ref: '#/components/responses/NotFound' }
        '409': { $ref: '#/components/responses/Conflict' }
        default: { $ref: '#/components/responses/Failed' }
    get:
      operationId: list${plural}
      summary: List ${plural} by \`_id\`
      tags: [${plugin}]
      x-privilege: player
      parameters:
        - { $ref: '#/components/parameters/Find' }
        - { $ref: '#/components/parameters/After' }
      responses:
        '200':
          description: The ${plural}, streamed.
          content:
            application/json: { schema: { $ref: '#/components/schemas/${resource}ListEnvelope' } }
        '400': { $ref: '#/components/responses/BadRequest' }
${denied}        default: { $ref: '#/components/responses/Failed' }
  /api/${snake}/{id}:
    get:
      operationId: get${resource}
      summary: One ${resource}
      tags: [${plugin}]
      x-privilege: player
      parameters:
        - { $ref: '#/components/parameters/PathId' }
      responses:
        '200':
          description: The ${resource}.
          content:
            application/json: { schema: { $ref: '#/components/schemas/${resource}Envelope' } }
${denied}        '404': { $ref: '#/components/responses/NotFound' }
        default: { $ref: '#/components/responses/Failed' }
    delete:
      operationId: delete${resource}
      summary: Delete a ${resource}
      tags: [${plugin}]
      x-privilege: admin
      parameters:
        - { $ref: '#/components/parameters/PathId' }
      responses:
        '200':
          description: It is gone.
          content:
            application/json: { schema: { $ref: '#/components/schemas/Empty' } }
${denied}        '404': { $ref: '#/components/responses/NotFound' }
        '409': { $ref: '#/components/responses/Conflict' }
        default: { $ref: '#/components/responses/Failed' }
components:
  schemas:
${schemas(resource)}`;
}

const denied = `        '401': { $ref: '#/components/responses/Unauthorized' }
        '403': { $ref: '#/components/responses/Forbidden' }
`;

function schemas(resource: string): string {
  const one = `{ $ref: '#/components/schemas/${resource}' }`;
  const many = `{ type: array, items: ${one} }`;
  const either = `{ anyOf: [${one}, ${many}] }`;
  return `    ${resource}Fields:
      type: object
      properties:
        name: { type: string, minLength: 1, maxLength: 200 }
        note: { type: ['string', 'null'], maxLength: 10000 }
    ${resource}:
      allOf:
        - { $ref: '#/components/schemas/${resource}Fields' }
        - type: object
          required: [_id, name, note, createdDate, updatedDate]
          properties:
            _id: { $ref: '#/components/schemas/Id' }
            createdDate: { $ref: '#/components/schemas/Instant' }
            updatedDate: { $ref: '#/components/schemas/Instant' }
      unevaluatedProperties: false
    ${resource}Create:
      type: object
      required: [operation, data]
      properties:
        operation: { const: create }
        data:
          allOf:
            - { $ref: '#/components/schemas/${resource}Fields' }
            - { type: object, required: [name] }
          unevaluatedProperties: false
      additionalProperties: false
    ${resource}Update:
      type: object
      required: [operation, data]
      properties:
        operation: { const: update }
        data:
          allOf:
            - { $ref: '#/components/schemas/${resource}Fields' }
            - { type: object, required: [_id], properties: { _id: { $ref: '#/components/schemas/Id' } } }
          unevaluatedProperties: false
      additionalProperties: false
    ${resource}Query:
      type: object
      required: [operation, data]
      properties:
        operation: { const: query }
        data:
          type: object
          properties:
            find: { $ref: '#/components/schemas/Find' }
            after: { $ref: '#/components/schemas/Id' }
            _id: { $ref: '#/components/schemas/Qualifier' }
            name: { $ref: '#/components/schemas/Qualifier' }
            note: { $ref: '#/components/schemas/Qualifier' }
            createdDate: { $ref: '#/components/schemas/Qualifier' }
            updatedDate: { $ref: '#/components/schemas/Qualifier' }
          additionalProperties: false
      additionalProperties: false
${envelope(`${resource}Envelope`, one)}${envelope(`${resource}ListEnvelope`, many)}${envelope(`${resource}Outcome`, either)}`;
}

function envelope(name: string, data: string): string {
  return `    ${name}:
      type: object
      required: [success, data, exceptionMessage]
      properties:
        success: { const: true }
        data: ${data}
        exceptionMessage: { const: '' }
      additionalProperties: false
`;
}
