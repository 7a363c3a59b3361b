//! XML reader, writer, limits, value types and facets that generated ГИС ЖКХ types stand on.
