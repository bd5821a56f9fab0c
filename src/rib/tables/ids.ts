/** Handles of the tables: dense integers, 0 means none. Branded, so that one is not taken for another. */

export type PrefixId = number & { readonly __brand: 'PrefixId' };
export type PathId = number & { readonly __brand: 'PathId' };
export type AttributesId = number & { readonly __brand: 'AttributesId' };
/** What an NLRI has besides its key, such as labels. */
export type PayloadId = number & { readonly __brand: 'PayloadId' };
/** The route targets of attribute sets. */
export type TagId = number & { readonly __brand: 'TagId' };
export type NextHopId = number & { readonly __brand: 'NextHopId' };
/** 16 bits: at most 65,535 peers. */
export type PeerId = number & { readonly __brand: 'PeerId' };
