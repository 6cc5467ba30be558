/** The client part: `createClient({ baseUrl, plugins: [samplePluginClient] }).sampleItem`. */
import { type ClientPlugin, type Resource, resource } from '@palestra/client';
import * as operations from './client.generated.js';

type Schemas = operations.components['schemas'];

export interface SampleItemTypes {
  item: Schemas['SampleItem'];
  create: Schemas['SampleItemCreate']['data'];
  query: Schemas['SampleItemQuery']['data'];
  update: Schemas['SampleItemUpdate']['data'];
}

export type SampleItemApi = Resource<SampleItemTypes>;

export const samplePluginClient: ClientPlugin<'sampleItem', SampleItemApi, typeof operations> = {
  name: 'sampleItem',
  operations,
  setup: (scope) =>
    resource<SampleItemTypes>(scope, {
      operate: operations.operateSampleItem,
      list: operations.listSampleItems,
      get: operations.getSampleItem,
      delete: operations.deleteSampleItem,
    }),
};
