/** How plugins refer to each other's services: by a typed name. */

/** A typed name under which one plugin provides and others require. */
export interface ServiceRef<Service> {
  readonly id: string;
  /** Never set; it carries the type. */
  readonly type?: Service;
}

export function serviceRef<Service>(id: string): ServiceRef<Service> {
  return { id };
}

export interface Need<Service> {
  readonly service: ServiceRef<NonNullable<Service>>;
  readonly optional: boolean;
}

/** Boot fails if no plugin provides the service. */
export function need<Service>(service: ServiceRef<Service>): Need<Service> {
  return { service: service as ServiceRef<NonNullable<Service>>, optional: false };
}

/** The service is undefined where no plugin provides it. */
export function want<Service>(service: ServiceRef<Service>): Need<Service | undefined> {
  return { service: service as ServiceRef<NonNullable<Service>>, optional: true };
}
