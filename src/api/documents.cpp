#include <api/contract/endpoints.hpp>
#include <api/documents.hpp>
#include <api/openapi.hpp>
#include <config/file_schema.hpp>

namespace itsup::api {

Documents::Documents() : openapi_(render_shared(make_openapi())) {
    for (const auto& file : config::config_files()) {
        schemas_.emplace(file.name, render_shared(config::make_file_schema(file),
                                                  contract::GetSchema::info.media));
    }
}

const Rendered* Documents::schema(std::string_view name) const {
    const auto found = schemas_.find(name);
    return found == schemas_.end() ? nullptr : &found->second;
}

}  // namespace itsup::api
