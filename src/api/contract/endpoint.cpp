#include <api/contract/endpoint.hpp>

namespace itsup::api::contract {

std::string_view to_string(Method method) {
    switch (method) {
        case Method::get:
            return "get";
        case Method::post:
            return "post";
        case Method::put:
            return "put";
        case Method::patch:
            return "patch";
        case Method::delete_:
            return "delete";
    }
    return "get";
}

}  // namespace itsup::api::contract
