// Reading options objects that the typed façade has filled; a wrong type yields the default, which the callers then reject.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

namespace conntrail {

inline int64_t number_of(const Napi::Object &object, const char *name, int64_t missing = -1)
{
	Napi::Value value = object.Get(name);
	return value.IsNumber() ? value.As<Napi::Number>().Int64Value() : missing;
}

inline std::string string_of(const Napi::Object &object, const char *name)
{
	Napi::Value value = object.Get(name);
	return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

inline std::vector<int> numbers_of(const Napi::Object &object, const char *name)
{
	std::vector<int> numbers;
	Napi::Value value = object.Get(name);
	if (!value.IsArray())
		return numbers;
	Napi::Array array = value.As<Napi::Array>();
	for (uint32_t i = 0; i < array.Length(); i++)
		numbers.push_back(array.Get(i).ToNumber().Int32Value());
	return numbers;
}

// Throws a JavaScript Error with `errno` beside its message.
inline void throw_error(Napi::Env env, const std::string &message, int error)
{
	Napi::Error thrown = Napi::Error::New(env, message);
	thrown.Set("errno", Napi::Number::New(env, error));
	thrown.ThrowAsJavaScriptException();
}

} // namespace conntrail
