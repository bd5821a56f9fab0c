const MUTATIONS = [];
exports.MUTATIONS = MUTATIONS;
exports.mutated = (mutation, file, source) => source;
