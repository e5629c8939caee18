/** What a stretch of memory belongs to. */
export type RegionKind = 'stack' | 'map' | 'global' | 'percpu' | 'structure' | 'thread' | 'memory' | 'user';
