#pragma once

#include <base/result.hpp>

namespace itsup::store {

class Connection;

/// Brings the schema to the newest number, one transaction per step. To change the schema, append
/// a step in migrations.cpp; a step that was released is never edited.
base::Result<> migrate(Connection& connection);

/// The newest number.
int schema_version();

}  // namespace itsup::store
