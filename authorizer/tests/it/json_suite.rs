//! JSON as strangers write it: `y_` has to be read, `n_` has to be refused, and about `i_` parsers
//! disagree, so the answer is written down beside it.
//!
//! Each text is a token's whole claims and whole header once, and the value of a claim and of a
//! header parameter once.

use crate::support::{KEYS, NOW, POLICY, claims, encode, header, outcome, pairs};
use authorizer::{Request, decide};

const READ: bool = true;
const REFUSED: bool = false;

const TEXTS: [(&str, &[u8], bool); 140] = [
    ("y_array_empty", b"[]", READ),
    ("y_array_with_blanks", b" [ ] ", READ),
    ("y_array_of_each_kind", br#"[null,1,"1",{},[],true,false]"#, READ),
    ("y_array_of_nulls", b"[1,null,null,null,2]", READ),
    ("y_array_after_line_feed", b"[1\n,2\r\n]\t", READ),
    ("y_array_nested_to_the_limit", b"[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]", READ),
    ("y_object_empty", b"{}", READ),
    ("y_object_empty_name", br#"{"":0}"#, READ),
    ("y_object_escaped_name", br#"{"foo\u0000bar":42}"#, READ),
    ("y_object_long_text", br#"{"x":[{"id":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}]}"#, READ),
    ("y_object_with_line_feeds", b"{\n\"a\":\n1\n,\"b\":2}", READ),
    ("y_object_same_name_elsewhere", br#"{"a":{"a":1},"b":{"a":1}}"#, READ),
    ("y_object_names_that_differ_in_case", br#"{"a":1,"A":1}"#, READ),
    ("y_object_name_of_a_prototype", br#"{"__proto__":{"admin":true},"constructor":1}"#, READ),
    ("y_number_zero", b"0", READ),
    ("y_number_minus_zero", b"-0", READ),
    ("y_number_minus_one", b"-1", READ),
    ("y_number_fraction", b"123.456789", READ),
    ("y_number_tiny", b"-0.000000000000000000000000000000001", READ),
    ("y_number_zero_to_the_first", b"0e+1", READ),
    ("y_number_exponent", b"123e65", READ),
    ("y_number_capital_exponent", b"1E22", READ),
    ("y_number_negative_exponent", b"1e-2", READ),
    ("y_number_fraction_and_exponent", b"123.456e78", READ),
    ("y_number_of_forty_digits", b"1234567890123456789012345678901234567890", READ),
    ("y_number_with_blanks", b" 7 ", READ),
    ("y_literal_null", b"null", READ),
    ("y_literal_true", b"true", READ),
    ("y_literal_false", b"false", READ),
    ("y_string_empty", br#""""#, READ),
    ("y_string_blank", br#"" ""#, READ),
    ("y_string_escapes", br#""\"\\\/\b\f\n\r\t""#, READ),
    ("y_string_unicode_escape", br#""\u0060\u012a\u12AB""#, READ),
    ("y_string_escaped_control", br#""\u0012""#, READ),
    ("y_string_escaped_null", br#""\u0000""#, READ),
    ("y_string_surrogate_pair", br#""\uD801\udc37""#, READ),
    ("y_string_last_surrogate_pair", br#""\uDBFF\uDFFF""#, READ),
    ("y_string_escaped_noncharacter", br#""\uFFFF\uFDD0""#, READ),
    ("y_string_escaped_backslash_u", br#""\\u0000""#, READ),
    ("y_string_two_bytes", b"\"\xc3\xa9\"", READ),
    ("y_string_three_bytes", b"\"\xe2\x82\xac\"", READ),
    ("y_string_four_bytes", b"\"\xf0\x9f\x98\x80\"", READ),
    ("y_string_line_separator", b"\"\xe2\x80\xa8\"", READ),
    ("y_string_delete", b"\"\x7f\"", READ),
    ("y_string_mark_inside", b"\"\xef\xbb\xbf\"", READ),
    ("y_string_with_a_comment", br#""a/*b*/c/*d//e""#, READ),
    ("n_nothing", b"", REFUSED),
    ("n_blank", b" ", REFUSED),
    ("n_null_byte", b"\0", REFUSED),
    ("n_byte_order_mark_alone", b"\xef\xbb\xbf", REFUSED),
    ("n_byte_order_mark_in_front", b"\xef\xbb\xbf{}", REFUSED),
    ("n_utf16", b"[\0\"\0\xe9\0\"\0]\0", REFUSED),
    ("n_utf16_with_mark", b"\xff\xfe[\0]\0", REFUSED),
    ("n_latin_1", b"\"\xe9\"", REFUSED),
    ("n_array_open", b"[", REFUSED),
    ("n_array_open_after_item", b"[1", REFUSED),
    ("n_array_open_after_comma", b"[1,", REFUSED),
    ("n_array_final_comma", b"[1,]", REFUSED),
    ("n_array_two_final_commas", b"[1,,]", REFUSED),
    ("n_array_two_commas", b"[1,,2]", REFUSED),
    ("n_array_only_comma", b"[,]", REFUSED),
    ("n_array_first_comma", b"[,1]", REFUSED),
    ("n_array_without_comma", b"[1 true]", REFUSED),
    ("n_array_with_colon", br#"["":1]"#, REFUSED),
    ("n_array_with_form_feed", b"[\x0c]", REFUSED),
    ("n_array_with_vertical_tab", b"[\x0b1]", REFUSED),
    ("n_array_with_no_break_space", b"[\xc2\xa0]", REFUSED),
    ("n_array_with_zero_width_joiner", b"[\xe2\x81\xa0]", REFUSED),
    ("n_array_closed_twice", b"[1]]", REFUSED),
    ("n_array_closed_as_object", b"[1}", REFUSED),
    ("n_array_of_stars", b"[*]", REFUSED),
    ("n_array_one_level_too_deep", b"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", REFUSED),
    ("n_object_open", b"{", REFUSED),
    ("n_object_open_after_name", br#"{"a""#, REFUSED),
    ("n_object_open_after_colon", br#"{"a":"#, REFUSED),
    ("n_object_open_after_value", br#"{"a":1"#, REFUSED),
    ("n_object_final_comma", br#"{"a":1,}"#, REFUSED),
    ("n_object_two_commas", br#"{"a":1,,"b":2}"#, REFUSED),
    ("n_object_first_comma", br#"{,"a":1}"#, REFUSED),
    ("n_object_two_colons", br#"{"a"::1}"#, REFUSED),
    ("n_object_without_colon", br#"{"a" 1}"#, REFUSED),
    ("n_object_without_value", br#"{"a":}"#, REFUSED),
    ("n_object_without_name", b"{:1}", REFUSED),
    ("n_object_bare_name", b"{a:1}", REFUSED),
    ("n_object_single_quotes", b"{'a':1}", REFUSED),
    ("n_object_number_as_name", b"{1:1}", REFUSED),
    ("n_object_null_as_name", b"{null:1}", REFUSED),
    ("n_object_comment", br#"{"a":/*comment*/1}"#, REFUSED),
    ("n_object_comment_behind", br#"{"a":1}/**/"#, REFUSED),
    ("n_object_line_comment_behind", br#"{"a":1}//"#, REFUSED),
    ("n_object_hash_comment_behind", br#"{"a":1}#"#, REFUSED),
    ("n_object_closed_twice", br#"{"a":1}}"#, REFUSED),
    ("n_object_closed_as_array", br#"{"a":1]"#, REFUSED),
    ("n_object_twice", b"{}{}", REFUSED),
    ("n_object_then_null_byte", b"{}\0", REFUSED),
    ("n_object_then_garbage", b"{} x", REFUSED),
    ("n_object_name_in_latin_1", b"{\"\xe9\":1}", REFUSED),
    ("n_number_plus", b"+1", REFUSED),
    ("n_number_minus_alone", b"-", REFUSED),
    ("n_number_minus_minus", b"--1", REFUSED),
    ("n_number_minus_blank", b"- 1", REFUSED),
    ("n_number_leading_zero", b"01", REFUSED),
    ("n_number_minus_leading_zero", b"-01", REFUSED),
    ("n_number_leading_point", b".1", REFUSED),
    ("n_number_final_point", b"1.", REFUSED),
    ("n_number_two_points", b"1.2.3", REFUSED),
    ("n_number_point_and_exponent", b"1.e1", REFUSED),
    ("n_number_exponent_without_digits", b"1e", REFUSED),
    ("n_number_exponent_with_sign_only", b"1e+", REFUSED),
    ("n_number_exponent_with_two_signs", b"1e+-1", REFUSED),
    ("n_number_exponent_with_fraction", b"1e1.5", REFUSED),
    ("n_number_two_exponents", b"1e1e1", REFUSED),
    ("n_number_hexadecimal", b"0x1F", REFUSED),
    ("n_number_octal", b"0o17", REFUSED),
    ("n_number_with_underscore", b"1_000", REFUSED),
    ("n_number_with_blank", b"1 000", REFUSED),
    ("n_number_with_suffix", b"1n", REFUSED),
    ("n_number_infinity", b"Infinity", REFUSED),
    ("n_number_minus_infinity", b"-Infinity", REFUSED),
    ("n_number_nan", b"NaN", REFUSED),
    ("n_number_full_width_digit", b"\xef\xbc\x91", REFUSED),
    ("n_literal_capital", b"True", REFUSED),
    ("n_literal_half", b"nul", REFUSED),
    ("n_literal_and_more", b"nulll", REFUSED),
    ("n_literal_undefined", b"undefined", REFUSED),
    ("n_string_open", br#""abc"#, REFUSED),
    ("n_string_open_after_backslash", br#""\"#, REFUSED),
    ("n_string_single_quotes", b"'a'", REFUSED),
    ("n_string_unknown_escape", br#""\x00""#, REFUSED),
    ("n_string_escaped_quote_in_other_case", br#""\U0041""#, REFUSED),
    ("n_string_short_escape", br#""\u00A""#, REFUSED),
    ("n_string_signed_escape", br#""\u+041""#, REFUSED),
    ("n_string_escaped_line_feed", b"\"\\\n\"", REFUSED),
    ("n_string_raw_line_feed", b"\"a\nb\"", REFUSED),
    ("n_string_raw_tab", b"\"\t\"", REFUSED),
    ("n_string_raw_null", b"\"a\0b\"", REFUSED),
    ("n_string_overlong_slash", b"\"\xc0\xaf\"", REFUSED),
    ("n_string_encoded_surrogate", b"\"\xed\xa0\x80\"", REFUSED),
    ("n_string_beyond_unicode", b"\"\xf4\xbf\xbf\xbf\"", REFUSED),
    ("n_string_half_a_character", b"\"\xe2\x82\"", REFUSED),
];

/// RFC 8259 leaves these to the parser; what two parsers read differently is refused.
const DISPUTED: [(&str, &[u8], bool); 14] = [
    ("i_object_repeated_name", br#"{"a":1,"a":2}"#, REFUSED),
    ("i_object_repeated_name_and_value", br#"{"a":1,"a":1}"#, REFUSED),
    ("i_object_repeated_name_with_escape", br#"{"a":1,"\u0061":2}"#, REFUSED),
    ("i_object_repeated_empty_name", br#"{"":1,"":2}"#, REFUSED),
    ("i_number_huge_exponent", b"0.4e00669999999999999999999999999", REFUSED),
    ("i_number_beyond_double", b"1e400", READ),
    ("i_number_beneath_double", b"123e-10000000", READ),
    ("i_number_beyond_64_bits", b"-237462374673276894279832749832423479823", READ),
    ("i_number_of_forty_one_digits", b"12345678901234567890123456789012345678901", REFUSED),
    ("i_string_lone_high_surrogate", br#""\uD800""#, REFUSED),
    ("i_string_lone_low_surrogate", br#""\uDC00""#, REFUSED),
    ("i_string_high_surrogate_and_letter", br#""\uD800a""#, REFUSED),
    ("i_string_two_high_surrogates", br#""\uD800\uD800""#, REFUSED),
    ("i_string_swapped_surrogates", br#""\uDC00\uD800""#, REFUSED),
];

/// The outcome for a token with these parts, were its signature good.
fn judge(header: &[u8], claims: &[u8]) -> (u16, &'static str) {
    let signature = encode([1; 256]);
    let authorization = format!("Bearer {}.{}.{signature}", encode(header), encode(claims));
    let headers = pairs(&[("authorization", &authorization)]);
    let (method, path) = ("GET", "/users/user_1/a.png");
    let request = Request { method, path, query: "", id: "", headers: &headers };
    outcome(&decide(&POLICY, &KEYS, NOW, &request, |_, _, _| true))
}

/// A JSON object with one more member, whose value may be anything but JSON.
fn with(object: &str, value: &[u8]) -> Vec<u8> {
    [object.strip_suffix('}').unwrap().as_bytes(), b",\"x\":", value, b"}"].concat()
}

#[test]
fn what_is_json_is_read_and_what_is_not_is_refused() {
    let (header, claims) = (header().to_string(), claims().to_string());
    for (name, text, is_read) in TEXTS.into_iter().chain(DISPUTED) {
        assert!(!name.starts_with(if is_read { "n_" } else { "y_" }), "{name}");
        let expected = if is_read { (200, "") } else { (401, "token-invalid") };
        assert_eq!(judge(header.as_bytes(), &with(&claims, text)), expected, "{name} as a claim");
        assert_eq!(judge(&with(&header, text), claims.as_bytes()), expected, "{name} in a header");
    }
}

#[test]
fn no_such_text_is_a_whole_part() {
    let (header, claims) = (header().to_string(), claims().to_string());
    for (name, text, is_read) in TEXTS.into_iter().chain(DISPUTED) {
        let is_object = is_read && text.first() == Some(&b'{');
        let (as_claims, as_header) =
            (judge(header.as_bytes(), text), judge(text, claims.as_bytes()));
        if is_object {
            assert_eq!(as_claims, (401, "token-verification-failed"), "{name}");
            assert_eq!(as_header, (401, "token-invalid-algorithm"), "{name}");
        } else {
            assert_eq!(as_claims, (401, "token-invalid"), "{name} as claims");
            assert_eq!(as_header, (401, "token-invalid"), "{name} as a header");
        }
    }
}
